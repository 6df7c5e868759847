using System.Buffers.Text;
using System.Text;
using CsCheck;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt;

/// <summary>Forged, damaged and malformed JWTs are refused for a reason, never by an exception.</summary>
public sealed class HostileJwtTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("...")]
    [InlineData("eyJ")]
    public void Not_three_parts(string token) => Refused(token, JwtErrorCode.Malformed).ShouldBe("expected 3 chunks");

    [Theory]
    [InlineData("a=.YQ.YQ")]
    [InlineData("eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.Y+Q.YQ")]
    [InlineData("eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.Y/Q.YQ")]
    [InlineData("eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.Y Q.YQ")]
    [InlineData("eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.e30.A")]
    [InlineData("Y\u00e9.YQ.YQ")]
    public void No_base64url(string token) => Refused(token, JwtErrorCode.Malformed).ShouldStartWith("illegal base64 data at input byte");

    [Fact]
    public void Too_long()
    {
        Refused(new string('a', JwtReader.MaxBytes + 1), JwtErrorCode.TooLarge).ShouldContain("exceeds maximum of 1048576 bytes");
        Refused(new string('a', JwtReader.MaxBytes), JwtErrorCode.Malformed);
    }

    [Fact]
    public void A_line_end_belongs_to_files_and_changes_nothing()
    {
        JwtReader.TryReadUser(JwtVectors.Token("user") + "\r\n", out _, out JwtError error).ShouldBeTrue(error.Text);
        Refused(JwtVectors.Token("user") + " ", JwtErrorCode.Malformed);
        Refused("\n" + JwtVectors.Token("user"), JwtErrorCode.Signature);
    }

    [Theory]
    [InlineData("{}", JwtErrorCode.Header)]
    [InlineData("""{"typ":"JWS","alg":"ed25519-nkey"}""", JwtErrorCode.Header)]
    [InlineData("""{"typ":"JWT","alg":"none"}""", JwtErrorCode.Header)]
    [InlineData("""{"typ":"JWT","alg":"ed25519-nkey2"}""", JwtErrorCode.Header)]
    [InlineData("""{"typ":"JWT","alg":"HS256"}""", JwtErrorCode.Header)]
    [InlineData("""{"typ":"JWT","alg":1}""", JwtErrorCode.Claims)]
    [InlineData("""[]""", JwtErrorCode.Claims)]
    [InlineData("""{"typ":"JWT","alg":"ed25519-nkey"} x""", JwtErrorCode.Claims)]
    [InlineData("", JwtErrorCode.Claims)]
    public void Other_headers(string header, JwtErrorCode code)
    {
        using NKey key = JwtVectors.Key("account");
        Refused(RawJwt.Sign(key, UserJson(key), header), code);
    }

    [Fact]
    public void Header_names_count_in_any_case()
    {
        using NKey key = JwtVectors.Key("account");
        JwtReader.TryReadUser(RawJwt.Sign(key, UserJson(key), """{"Typ":"jWt","ALG":"Ed25519-NKEY"}"""), out _, out JwtError error).ShouldBeTrue(error.Text);
    }

    // Each character of each part, changed to others: nothing of it is a JWT any more, except where only unused bits of the signature differ.
    [Fact]
    public void Every_changed_character_is_noticed()
    {
        foreach (string name in new[] { "userScoped", "operatorV1", "activation" })
        {
            string token = JwtVectors.Token(name);
            byte[] signature = Base64Url.DecodeFromChars(token.Split('.')[2]);
            int first = token.IndexOf('.', StringComparison.Ordinal);
            for (int at = 0; at < token.Length; at++)
            {
                // What version 1 signs is without its header, which then only has to be one.
                if (name == "operatorV1" && at < first)
                    continue;
                string damaged = $"{token[..at]}{Alphabet[(Alphabet.IndexOf(token[at], StringComparison.Ordinal) + 1 + at % 62) % 64]}{token[(at + 1)..]}";
                if (damaged == token)
                    continue;
                bool read = JwtReader.TryRead(damaged, out _, out JwtError error);
                bool sameSignature = at == token.Length - 1 && SameBits(damaged.Split('.')[2], signature);
                read.ShouldBe(sameSignature, $"{name} at {at}: {error}");
            }
        }
    }

    [Fact]
    public void Every_cut_is_noticed()
    {
        string token = JwtVectors.Token("userScoped");
        for (int length = 0; length < token.Length; length++)
            JwtReader.TryRead(token[..length], out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void Parts_of_different_tokens_do_not_go_together()
    {
        string[] user = JwtVectors.Token("user").Split('.');
        string[] other = JwtVectors.Token("userBySigner").Split('.');
        Refused($"{user[0]}.{other[1]}.{user[2]}", JwtErrorCode.Signature);
        Refused($"{user[0]}.{user[1]}.{other[2]}", JwtErrorCode.Signature);
        Refused($"{user[0]}.{user[1]}.", JwtErrorCode.Signature);
        Refused($"{user[0]}.{user[1]}.{user[2]}{user[2]}", JwtErrorCode.Signature);
        Refused($"{user[1]}.{user[0]}.{user[2]}", JwtErrorCode.Header);
    }

    [Fact]
    public void Naming_somebody_else_as_issuer_needs_their_key()
    {
        using NKey attacker = NKey.Create(NKeyKind.Account);
        using NKey account = JwtVectors.Key("account");
        Refused(RawJwt.Sign(attacker, UserJson(account)), JwtErrorCode.Signature);
    }

    [Theory]
    [InlineData("user", NKeyKind.Operator)]
    [InlineData("user", NKeyKind.User)]
    [InlineData("user", NKeyKind.Server)]
    [InlineData("account", NKeyKind.User)]
    [InlineData("account", NKeyKind.Cluster)]
    [InlineData("activation", NKeyKind.User)]
    [InlineData("operator", NKeyKind.Account)]
    [InlineData("authorization_request", NKeyKind.Account)]
    [InlineData("authorization_response", NKeyKind.Server)]
    public void Keys_sign_only_what_is_theirs(string type, NKeyKind kind)
    {
        using NKey key = NKey.Create(kind);
        Refused(RawJwt.Sign(key, $$"""{"iss":"{{key.PublicKey}}","sub":"x","nats":{"type":"{{type}}","version":2} }"""), JwtErrorCode.Issuer);
    }

    [Theory]
    [InlineData("user", 0)]
    [InlineData("user", -1)]
    [InlineData("account", 3)]
    [InlineData("thing", 3)]
    public void Versions_nobody_knows(string type, int version)
    {
        using NKey key = JwtVectors.Key("account");
        Refused(RawJwt.Sign(key, $$"""{"iss":"{{key.PublicKey}}","nats":{"type":"{{type}}","version":{{version}} } }"""), JwtErrorCode.Version);
    }

    [Theory]
    [InlineData("cluster", "ClusterClaims are not supported")]
    [InlineData("server", "ServerClaims are not supported")]
    public void Types_of_the_past(string type, string text)
    {
        using NKey key = JwtVectors.Key("account");
        Refused(RawJwt.Sign(key, $$"""{"iss":"{{key.PublicKey}}","nats":{"type":"{{type}}","version":2} }"""), JwtErrorCode.Kind).ShouldBe(text);
    }

    [Theory]
    [InlineData("", ""","exp":"soon" """)]
    [InlineData("", ""","exp":1.5""")]
    [InlineData("", ""","exp":1e3""")]
    [InlineData("", ""","exp":9223372036854775808""")]
    [InlineData("", ""","name":7""")]
    [InlineData("", ""","jti":{}""")]
    [InlineData(""","tags":"a" """, "")]
    [InlineData(""","tags":[1]""", "")]
    [InlineData(""","pub":[]""", "")]
    [InlineData(""","pub":{"allow":"a"}""", "")]
    [InlineData(""","resp":1""", "")]
    [InlineData(""","subs":"1" """, "")]
    [InlineData(""","src":5""", "")]
    [InlineData(""","src":[5]""", "")]
    [InlineData(""","times":{}""", "")]
    [InlineData(""","times":["08:00:00"]""", "")]
    [InlineData(""","bearer_token":1""", "")]
    public void Claims_of_wrong_types(string nats, string standard)
    {
        using NKey key = JwtVectors.Key("account");
        Refused(RawJwt.User(key, nats, standard), JwtErrorCode.Claims);
    }

    [Theory]
    [InlineData(""","exports":[{"type":"queue"}]""")]
    [InlineData(""","exports":[{"account_token_position":-1}]""")]
    [InlineData(""","exports":[{"service_latency":{"sampling":"often"}}]""")]
    [InlineData(""","signing_keys":[{"kind":"other","key":"A"}]""")]
    [InlineData(""","signing_keys":{}""")]
    [InlineData(""","mappings":{"a":[{"subject":"b","weight":256}]}""")]
    [InlineData(""","mappings":{"a":{}}""")]
    [InlineData(""","revocations":{"a":"b"}""")]
    [InlineData(""","limits":{"tiered_limits":{"R1":5}}""")]
    public void Account_claims_of_wrong_types(string nats)
    {
        using NKey key = JwtVectors.Key("account");
        Refused(RawJwt.Sign(key, $$"""{"iss":"{{key.PublicKey}}","nats":{"type":"account","version":2{{nats}} } }"""), JwtErrorCode.Claims);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("""{"iss":}""")]
    [InlineData("""{"nats":"user"}""")]
    [InlineData("""{"nats":{"type":5}}""")]
    public void No_claims_at_all(string claims)
    {
        using NKey key = JwtVectors.Key("account");
        Refused(RawJwt.Sign(key, claims), JwtErrorCode.Claims);
    }

    [Fact]
    public void Depth_is_bounded()
    {
        using NKey key = JwtVectors.Key("account");
        string deep = new string('[', 100_000) + new string(']', 100_000);
        Refused(RawJwt.User(key, $",\"x\":{deep}"), JwtErrorCode.Claims);
        JwtReader.TryReadGeneric(RawJwt.User(key, $",\"x\":{new string('[', 5_000)}{new string(']', 5_000)}"), out _, out JwtError error).ShouldBeTrue(error.Text);
    }

    [Fact]
    public void Text_that_is_no_unicode_is_mended()
    {
        using NKey key = JwtVectors.Key("account");
        byte[] claims = [.. Encoding.UTF8.GetBytes($$"""{"iss":"{{key.PublicKey}}","name":"a"""), 0xff, .. """\ud800b","sub":"U","nats":{"type":"user","version":2}}"""u8];
        JwtReader.TryReadUser(RawJwt.Sign(key, claims), out UserClaims? user, out JwtError error).ShouldBeTrue(error.Text);
        user!.Name.ShouldBe("a\uFFFD\uFFFDb");
    }

    [Fact]
    public void Names_count_in_any_case_and_the_last_of_them_wins()
    {
        using NKey key = JwtVectors.Key("account");
        string token = RawJwt.Sign(key, $$"""{"ISS":"{{key.PublicKey}}","exp":1,"Exp":2,"nats":null,"NATS":{"Type":"user","vers\u0069on":2,"Bearer_Token":true} }""");
        JwtReader.TryReadUser(token, out UserClaims? user, out JwtError error).ShouldBeTrue(error.Text);
        user!.ExpiresAtSeconds.ShouldBe(2);
        user.Limits.BearerToken.ShouldBeTrue();
    }

    [Fact]
    public void Random_text_is_refused() => Gen.String.Sample(text => JwtReader.TryRead(text, out _, out _).ShouldBeFalse(), iter: 2_000);

    [Fact]
    public void Random_parts_are_refused() => Gen.Byte.Array[0, 80].Array[3].Sample(
        parts => JwtReader.TryRead(string.Join('.', parts.Select(part => Base64Url.EncodeToString(part))), out _, out _).ShouldBeFalse(), iter: 2_000);

    [Fact]
    public void Base64url_agrees_with_the_framework() => Gen.Byte.Array[0, 100].Sample(bytes =>
        JwtBase64.Decode(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(bytes)), out _).ShouldBe(bytes), iter: 1_000);

    private static string UserJson(NKey issuer) => $$"""{"iss":"{{issuer.PublicKey}}","sub":"U","nats":{"type":"user","version":2} }""";

    private static bool SameBits(string text, byte[] signature) => JwtBase64.Decode(Encoding.ASCII.GetBytes(text), out _)!.AsSpan().SequenceEqual(signature);

    private static string Refused(string token, JwtErrorCode code)
    {
        JwtReader.TryRead(token, out JwtClaims? claims, out JwtError error).ShouldBeFalse();
        claims.ShouldBeNull();
        error.Code.ShouldBe(code, error.Text);
        error.Text.ShouldNotBeEmpty();
        return error.Text;
    }
}
