using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt.Rules;

public sealed class ActivationRulesTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1000);

    private readonly NKey _exporter = JwtVectors.Key("exporter");
    private readonly NKey _signer = JwtVectors.Key("accountSigner");
    private readonly string _importer = JwtVectors.Public("account");

    [Fact]
    public void An_activation_by_the_account_or_its_signing_key_is_good()
    {
        Check(Token(new ActivationClaims())).ShouldBe(ActivationState.Good);
        Check(Token(new ActivationClaims { IssuerAccount = _exporter.PublicKey }, _signer)).ShouldBe(ActivationState.Good);
        Check(Token(new ActivationClaims { ExpiresAtSeconds = 1001 }), out ActivationClaims? activation).ShouldBe(ActivationState.Good);
        activation!.ExpiresAtSeconds.ShouldBe(1001);
    }

    [Fact]
    public void None_is_missing_and_junk_is_invalid()
    {
        Check("").ShouldBe(ActivationState.Missing);
        Check("junk").ShouldBe(ActivationState.Invalid);
        Check(JwtVectors.Token("user")).ShouldBe(ActivationState.Invalid);
    }

    [Fact]
    public void An_activation_for_something_else_is_invalid()
    {
        Check(Token(new ActivationClaims { Subject = JwtVectors.Public("scopedSigner") })).ShouldBe(ActivationState.Invalid);
        Check(Token(new ActivationClaims { ImportSubject = "other.>" })).ShouldBe(ActivationState.Invalid);
        Check(Token(new ActivationClaims { ImportKind = SharingKind.Service })).ShouldBe(ActivationState.Invalid);
    }

    [Fact]
    public void Only_the_exporter_and_its_keys_activate()
    {
        using NKey stranger = NKey.Create(NKeyKind.Account);
        Check(Token(new ActivationClaims(), stranger)).ShouldBe(ActivationState.Invalid);
        Check(Token(new ActivationClaims { IssuerAccount = _exporter.PublicKey }, stranger)).ShouldBe(ActivationState.NotTrusted);
        Check(Token(new ActivationClaims(), _signer)).ShouldBe(ActivationState.Invalid);
    }

    [Fact]
    public void Time_and_revocation_end_it()
    {
        Check(Token(new ActivationClaims { ExpiresAtSeconds = 1000 })).ShouldBe(ActivationState.Expired);
        Check(Token(new ActivationClaims { NotBeforeSeconds = 1001 })).ShouldBe(ActivationState.Expired);
        ExportClaim export = new() { Revocations = new Dictionary<string, long> { [_importer] = 50 } };
        Check(Token(new ActivationClaims { IssuedAtSeconds = 50 }), out _, export).ShouldBe(ActivationState.Revoked);
        Check(Token(new ActivationClaims { IssuedAtSeconds = 51 }), out _, export).ShouldBe(ActivationState.Good);
    }

    [Theory]
    [InlineData("orders.*", "orders")]
    [InlineData(">", "_")]
    [InlineData("a.b", "a.b")]
    public void The_hash_is_of_issuer_importer_and_the_literal_start(string subject, string start)
    {
        ActivationClaims claims = new() { Issuer = "I", Subject = "S", ImportSubject = subject };
        byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"I.S.{start}"));
        ActivationRules.HashId(claims).ShouldBe(Base32.Encode(hash) + "====");
        ActivationRules.HashId(claims).Length.ShouldBe(56);
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _signer.Dispose();
    }

    private string Token(ActivationClaims claims, NKey? signer = null) => JwtWriter.Write(claims with
    {
        Subject = claims.Subject.Length > 0 ? claims.Subject : _importer,
        ImportSubject = claims.ImportSubject.Length > 0 ? claims.ImportSubject : "orders.>",
        ImportKind = claims.ImportKind == SharingKind.Unknown ? SharingKind.Stream : claims.ImportKind,
    }, signer ?? _exporter);

    private ActivationState Check(string token) => Check(token, out _);

    private ActivationState Check(string token, out ActivationClaims? activation, ExportClaim? export = null)
    {
        AccountClaims exporter = new() { Subject = _exporter.PublicKey, SigningKeys = new Dictionary<string, UserScopeClaim?> { [_signer.PublicKey] = null } };
        ImportClaim import = new() { Account = _exporter.PublicKey, Subject = "orders.eu", Kind = SharingKind.Stream, Token = token };
        return ActivationRules.Check(exporter, export, _importer, import, Now, out activation);
    }
}
