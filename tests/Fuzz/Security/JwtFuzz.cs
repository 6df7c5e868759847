using System.Buffers.Text;
using System.Net;
using System.Text;
using DotNats.Security;
using Fuzz.Harness;
using Shouldly;
using Xunit;

namespace Fuzz.Security;

/// <summary>JWTs damaged on the way, and JWTs whose well-signed claims are damaged.</summary>
public sealed class JwtFuzz : IDisposable
{
    private readonly NKey _account = NKey.Create(NKeyKind.Account);

    [Fact]
    public void A_damaged_token_is_refused() => FuzzRun.Repeat(random =>
    {
        byte[] token = Encoding.ASCII.GetBytes(Sign(Encoding.UTF8.GetBytes(Sample(random))));
        byte[] damaged = Mutations.Damage(random, token, most: 4);
        if (JwtReader.TryRead(damaged, out JwtClaims? claims, out JwtError error))
            Spelling(damaged).ShouldBe(Spelling(token));
        else
            (claims is null && error.Code != JwtErrorCode.None && error.Text.Length > 0).ShouldBeTrue();
        JwtReader.TryReadGeneric(damaged, out _, out _);
    });

    [Fact]
    public void Damaged_claims_are_read_or_refused_and_what_is_read_can_be_judged() => FuzzRun.Repeat(random =>
    {
        string token = Sign(Mutations.Damage(random, Encoding.UTF8.GetBytes(Sample(random)), most: 6));
        JwtReader.TryReadGeneric(token, out _, out _);
        if (!JwtReader.TryRead(token, out JwtClaims? claims, out JwtError error))
        {
            error.Code.ShouldNotBe(JwtErrorCode.None);
            return;
        }
        Judge(random, claims);
    });

    [Fact]
    public void Random_bytes_are_no_token() => FuzzRun.Repeat(random =>
    {
        byte[] bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        JwtReader.TryRead(bytes, out _, out _).ShouldBeFalse();
        string text = Encoding.Latin1.GetString(bytes);
        CredentialsText.FindJwt(text).ShouldNotBeNull();
        CredentialsText.FindSeed(text);
    });

    public void Dispose() => _account.Dispose();

    private static void Judge(Random random, JwtClaims claims)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(random.Next());
        ClaimsValidation.Check(claims, now);
        JwtValidity.Remaining(claims, now);
        if (claims is UserClaims user)
            JudgeUser(user, now);
        if (claims is not AccountClaims account)
            return;
        foreach (UserScopeClaim? scope in account.SigningKeys.Values)
        {
            if (scope is not null)
                ScopeTemplate.TryApply(scope.Template, new UserClaims { Name = "n", Tags = account.Tags }, account, out _, out _);
        }

        foreach (ImportClaim import in account.Imports)
            ActivationRules.Check(account, account.Exports.Count > 0 ? account.Exports[0] : null, account.Subject, import, now, out _);
    }

    private static void JudgeUser(UserClaims user, DateTimeOffset now)
    {
        ConnectTimes.At(user.Limits.Times, user.Limits.Locale, now, TimeZoneInfo.Utc);
        SourceNetworks.Allows(user.Limits.Sources, IPAddress.Loopback);
        ScopeTemplate.TryApply(user.Limits, user, new AccountClaims(), out _, out _);
        if (UserPermissions.Restricting(user.Limits.Permissions) is { } permissions)
            CompiledPermissions.Validate(permissions);
    }

    private string Sample(Random random) => ClaimsSamples.All[random.Next(ClaimsSamples.All.Length)].Replace("ISS", _account.PublicKey);

    private string Sign(byte[] claims)
    {
        string body = Base64Url.EncodeToString(claims);
        bool claimsOnly = Encoding.UTF8.GetString(claims).Contains(",\"type\":\"account\",\"tags\"", StringComparison.Ordinal)
            || Encoding.UTF8.GetString(claims).Contains(",\"type\":\"user\",\"iss", StringComparison.Ordinal);
        string header = Base64Url.EncodeToString("""{"typ":"JWT","alg":"ed25519-nkey"}"""u8);
        byte[] signature = _account.Sign(Encoding.ASCII.GetBytes(claimsOnly ? body : $"{header}.{body}"));
        return $"{header}.{body}.{Base64Url.EncodeToString(signature)}";
    }

    // Two spellings of one token: the header of the old form is not signed, line ends are skipped, and the last character has unused bits.
    private static string Spelling(byte[] token)
    {
        string[] parts = Encoding.Latin1.GetString(token).Split('.');
        string signature = parts[2].Replace("\r", "").Replace("\n", "");
        return $"{parts[1]}.{signature[..85]}";
    }
}
