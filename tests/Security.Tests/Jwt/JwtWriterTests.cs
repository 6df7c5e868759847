using System.Text;
using System.Text.Json;
using CsCheck;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt;

/// <summary>What is written is what nats-server's library writes, and reads back as it was.</summary>
public sealed class JwtWriterTests
{
    private static readonly string[] Odd = ["a.>", "<&>\u2028", "é😀", "\"\\\n"];
    private static readonly Gen<string> Text = Gen.OneOf(Gen.Const(""), Gen.String[0, 12], Gen.Int[0, 3].Select(i => Odd[i]));
    private static readonly Gen<string[]> Texts = Text.Array[0, 3];
    private static readonly Gen<long> Number = Gen.OneOf(Gen.Long[-1, 0], Gen.Long);
    private static readonly Gen<TimeSpan> Duration = Gen.Long[-1_000_000_000_000, 1_000_000_000_000].Select(TimeSpan.FromTicks);

    private static readonly Gen<SubjectPermission?> Subjects = Gen.Select(Texts, Texts, (allow, deny) =>
        allow.Length + deny.Length == 0 ? null : new SubjectPermission { Allow = NullIfEmpty(allow), Deny = NullIfEmpty(deny) });

    private static readonly Gen<PermissionSet> Permissions = Gen.Select(Subjects, Subjects, Gen.Select(Gen.Int, Duration), Gen.Bool, (publish, subscribe, response, responds) =>
        new PermissionSet
        {
            Publish = publish,
            Subscribe = subscribe,
            Responses = responds ? new ResponsePermission { MaxMessages = response.Item1, Expires = response.Item2 } : null,
        });

    private static readonly Gen<UserLimitsClaim> Limits = Gen.Select(Permissions, Texts, Gen.Select(Text, Text).Array[0, 2], Number, Gen.Bool, (permissions, texts, times, number, flag) =>
        new UserLimitsClaim
        {
            Permissions = permissions,
            Sources = NullIfEmpty(texts),
            Times = times.Length == 0 ? null : [.. times.Select(t => new TimeRangeClaim(t.Item1, t.Item2))],
            Locale = texts.FirstOrDefault() ?? "",
            Subscriptions = number,
            DataBytes = number / 2,
            PayloadBytes = -number / 3,
            BearerToken = flag,
            ProxyRequired = !flag,
            AllowedConnectionTypes = NullIfEmpty(texts),
        });

    private static readonly Gen<JetStreamLimitsClaim> JetStream = Gen.Select(Number, Number, Gen.Bool, (a, b, flag) => new JetStreamLimitsClaim
    {
        MemoryBytes = a, DiskBytes = b, Streams = a / 2, Consumers = b / 2, MaxAckPending = a / 3, MemoryMaxStreamBytes = b / 3, DiskMaxStreamBytes = a / 5, MaxBytesRequired = flag,
    });

    [Fact]
    public void The_real_servers_claims_are_written_byte_for_byte()
    {
        string token = JwtVectors.Server("plain");
        JwtReader.TryReadAuthorizationRequest(Encoding.UTF8.GetBytes(token), out AuthorizationRequestClaims? claims, out _).ShouldBeTrue();
        Encoding.UTF8.GetString(JwtWriter.ToJson(claims!)).ShouldBe(JwtVectors.ClaimsOf(token));

        // Only the key is another's: the id is the hash of claims that name it.
        using NKey server = JwtVectors.Key("server");
        string ours = JwtVectors.ClaimsOf(JwtWriter.Write(claims!, server));
        ours.Replace(server.PublicKey, claims!.Issuer).ShouldNotBe(JwtVectors.ClaimsOf(token));
        JwtWriter.IdOf(claims with { Id = "" }).ShouldBe(claims.Id);
    }

    [Fact]
    public void Operators_activations_and_responses_read_back_as_they_were()
    {
        foreach (string name in new[] { "operator", "activation", "response", "responseError", "userScoped", "userBySigner", "accountSelf" })
        {
            JwtReader.TryRead(JwtVectors.Token(name), out JwtClaims? claims, out _).ShouldBeTrue();
            using NKey signer = SignerOf(claims!);
            JwtReader.TryRead(JwtWriter.Write(claims!, signer), out JwtClaims? again, out JwtError error).ShouldBeTrue(error.Text);
            Json(again! with { Id = "" }).ShouldBe(Json(claims! with { Id = "" }));
        }
    }

    [Fact]
    public void An_unlimited_account_is_written_as_the_official_library_writes_it()
    {
        AccountClaims claims = new() { Subject = "A", IssuedAtSeconds = 1, Limits = AccountLimitsClaim.Unlimited };
        Json(claims).ShouldBe(
            """{"iat":1,"sub":"A","nats":{"limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1}"""
            + ""","default_permissions":{"pub":{},"sub":{}},"authorization":{},"type":"account","version":2}}""");
    }

    [Fact]
    public void Whatever_users_claim_survives()
    {
        using NKey signer = JwtVectors.Key("account");
        Gen.Select(Limits, Text, Texts, Number).Sample((limits, text, texts, number) =>
        {
            UserClaims claims = new()
            {
                Subject = JwtVectors.Public("user"), Name = text, Audience = text, ExpiresAtSeconds = number, NotBeforeSeconds = number / 2, IssuedAtSeconds = 7, Tags = texts, IssuerAccount = text, Limits = limits,
            };
            JwtReader.TryReadUser(JwtWriter.Write(claims, signer), out UserClaims? read, out JwtError error).ShouldBeTrue(error.Text);
            Json(read!).ShouldBe(Json(claims with { Id = read!.Id, Issuer = signer.PublicKey }));
            read.Limits.IsEmpty.ShouldBe(limits.IsEmpty);
        }, iter: 200);
    }

    [Fact]
    public void Whatever_accounts_claim_survives()
    {
        using NKey signer = JwtVectors.Key("operator");
        Gen.Select(Limits, JetStream, Text, Texts, Number, Duration, Gen.Bool).Sample((limits, jetStream, text, texts, number, duration, flag) =>
        {
            AccountClaims claims = MakeAccount(limits, jetStream, text, texts, number, duration, flag);
            JwtReader.TryReadAccount(JwtWriter.Write(claims, signer), out AccountClaims? read, out JwtError error).ShouldBeTrue(error.Text);
            Json(read!).ShouldBe(Json(claims with { Id = read!.Id, Issuer = signer.PublicKey }));
        }, iter: 200);
    }

    [Fact]
    public void Requests_survive_with_tls()
    {
        using NKey server = JwtVectors.Key("server");
        AuthorizationRequestClaims claims = new()
        {
            Subject = JwtVectors.Public("account"),
            Server = new AuthorizationServerClaim { Name = "n", Id = server.PublicKey, Cluster = "c", Tags = ["t"], XKey = "X" },
            Client = new AuthorizationClientClaim { Id = ulong.MaxValue, NameTag = "nt", Tags = ["a"], MqttId = "m", Nonce = "z" },
            Connect = new AuthorizationConnectClaim { Jwt = "j", NKey = "k", Signature = "s", Token = "t" },
            Tls = new AuthorizationTlsClaim { Version = "1.3", Cipher = "c", Certificates = ["p"], VerifiedChains = [["a", "b"], []] },
            RequestNonce = "r",
            Tags = ["t"],
        };
        JwtReader.TryReadAuthorizationRequest(Encoding.ASCII.GetBytes(JwtWriter.Write(claims, server)), out AuthorizationRequestClaims? read, out JwtError error).ShouldBeTrue(error.Text);
        Json(read!).ShouldBe(Json(claims with { Id = read!.Id, Issuer = server.PublicKey }));
    }

    [Fact]
    public void Generic_claims_say_their_type_and_keep_their_data()
    {
        using NKey key = JwtVectors.Key("operator");
        using JsonDocument data = JsonDocument.Parse("""{"type":"old","b":[1],"a":null}""");
        GenericClaims claims = new() { Subject = key.PublicKey, Type = "thing", Tags = ["x"], Data = data.RootElement };
        string token = JwtWriter.Write(claims, key);
        JwtVectors.ClaimsOf(token).ShouldEndWith(""","nats":{"a":null,"b":[1],"tags":["x"],"type":"thing","version":2}}""");
        JwtReader.TryReadGeneric(token, out GenericClaims? read, out JwtError error).ShouldBeTrue(error.Text);
        (read!.Type, read.Tags[0]).ShouldBe(("thing", "x"));
    }

    [Fact]
    public void Nobody_signs_what_is_not_theirs_to_sign()
    {
        using NKey user = JwtVectors.Key("user");
        using NKey account = JwtVectors.Key("account");
        using NKey curve = JwtVectors.Key("curveA");
        Should.Throw<ArgumentException>(() => JwtWriter.Write(new UserClaims { Subject = user.PublicKey }, user));
        Should.Throw<ArgumentException>(() => JwtWriter.Write(new UserClaims { Subject = account.PublicKey }, account));
        Should.Throw<ArgumentException>(() => JwtWriter.Write(new GenericClaims { Subject = "x" }, curve));
        Should.Throw<ArgumentException>(() => JwtWriter.Write(new GenericClaims(), account));
    }

    private static AccountClaims MakeAccount(UserLimitsClaim limits, JetStreamLimitsClaim jetStream, string text, string[] texts, long number, TimeSpan duration, bool flag)
    {
        SharingKind kind = flag ? SharingKind.Service : SharingKind.Stream;
        return new AccountClaims
        {
            Subject = JwtVectors.Public("account"),
            Imports = [new() { Name = text, Subject = "b", Account = text, Token = text, To = text, LocalSubject = text, Kind = kind, Share = flag, AllowTrace = !flag }, new() { Subject = "c" }],
            Exports = [new() { Name = text, Subject = text, Kind = kind, TokenRequired = flag, Revocations = Times(texts, number), ResponseType = text, ResponseThreshold = duration, Latency = flag ? new() { Sampling = 0, Results = text } : null, AccountTokenPosition = 3, Advertise = flag, AllowTrace = flag, Description = text, InfoUrl = text }],
            Limits = new() { Subscriptions = number, Exports = -number, WildcardExports = flag, DisallowBearer = !flag, JetStream = flag ? jetStream : new(), JetStreamTiers = flag ? new Dictionary<string, JetStreamLimitsClaim>() : new() { ["R1"] = jetStream } },
            SigningKeys = new Dictionary<string, UserScopeClaim?> { ["plain"] = null, ["scoped" + text] = new() { Key = "scoped" + text, Role = text, Template = WithoutZeros(limits) } },
            Revocations = Times(texts, number),
            DefaultPermissions = limits.Permissions,
            Mappings = new Dictionary<string, IReadOnlyList<WeightedMappingClaim>> { [text] = [new() { Subject = text, Weight = 40, Cluster = text }] },
            Authorization = new() { AuthUsers = texts, AllowedAccounts = texts, XKey = text },
            Trace = flag ? new() { Destination = text, Sampling = 5 } : null,
            ClusterTraffic = text,
            Description = text,
            InfoUrl = text,
            Tags = texts,
        };
    }

    // An absent limit of a template is none, so that zero cannot be written.
    private static UserLimitsClaim WithoutZeros(UserLimitsClaim limits) => limits with
    {
        Subscriptions = limits.Subscriptions == 0 ? 1 : limits.Subscriptions,
        DataBytes = limits.DataBytes == 0 ? 1 : limits.DataBytes,
        PayloadBytes = limits.PayloadBytes == 0 ? 1 : limits.PayloadBytes,
    };

    private static Dictionary<string, long> Times(string[] keys, long time) => keys.Distinct().ToDictionary(key => key, _ => time);

    private static string[]? NullIfEmpty(string[] texts) => texts.Length == 0 ? null : texts;

    private static string Json(JwtClaims claims) => Encoding.UTF8.GetString(JwtWriter.ToJson(claims));

    private static NKey SignerOf(JwtClaims claims) =>
        new[] { "operator", "account", "exporter", "accountSigner", "scopedSigner" }.Select(JwtVectors.Key).First(key => key.PublicKey == claims.Issuer);
}
