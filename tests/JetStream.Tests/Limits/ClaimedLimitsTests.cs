using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Security;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Limits;

/// <summary>What account JWTs grant: limits for all streams or by tier, in force as soon as a JWT is pushed.</summary>
public sealed class ClaimedLimitsTests : IDisposable
{
    // The servers of these tests start then.
    private static readonly long IssuedAt = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    private readonly NKey _operator = NKey.Create(NKeyKind.Operator);
    private readonly NKey _account = NKey.Create(NKeyKind.Account);
    private readonly NKey _user = NKey.Create(NKeyKind.User);

    [Fact]
    public async Task Each_tier_has_limits_of_its_own()
    {
        AccountLimitsClaim tiers = Tiers(new JetStreamLimitsClaim { DiskBytes = 3000, MemoryBytes = 1000, Streams = 2, Consumers = 1, MaxAckPending = 10 });
        await using StreamServer server = await StartAsync(tiers);
        Dialogue client = await LogInAsync(server);
        (await CreateAsync(client, "A", ",\"max_bytes\":2000")).ErrorCode().ShouldBe(0);
        (await CreateAsync(client, "B", ",\"max_bytes\":2000")).ErrorCode().ShouldBe(10047);
        (await CreateAsync(client, "B", ",\"max_bytes\":500")).ErrorCode().ShouldBe(0);
        (await CreateAsync(client, "C", ",\"max_bytes\":100")).ErrorCode().ShouldBe(10027);
        (await CreateAsync(client, "R", ",\"num_replicas\":3")).ErrorCode().ShouldBe(10120);
        JsonElement info = await client.AskAsync("$JS.API.INFO");
        JsonElement tier = info.GetProperty("tiers").GetProperty("R1");
        (tier.GetProperty("reserved_storage").GetInt64(), tier.GetProperty("limits").GetProperty("max_storage").GetInt64(), tier.GetProperty("streams").GetInt32()).ShouldBe((2500, 3000, 2));
        info.GetProperty("limits").GetProperty("max_storage").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task What_a_pushed_jwt_grants_or_takes_holds_at_once()
    {
        await using StreamServer server = await StartAsync(Tiers(new JetStreamLimitsClaim { DiskBytes = 120, MemoryBytes = -1, Streams = 1, Consumers = -1 }));
        Dialogue client = await LogInAsync(server);
        (await CreateAsync(client, "A", "")).ErrorCode().ShouldBe(0);
        (await client.AskAsync("A", new string('x', 60))).ErrorCode().ShouldBe(0);
        (await client.AskAsync("A", new string('x', 60))).ErrorCode().ShouldBe(10002);
        (await CreateAsync(client, "B", "")).ErrorCode().ShouldBe(10027);
        await PushAsync(server, Tiers(new JetStreamLimitsClaim { DiskBytes = -1, MemoryBytes = -1, Streams = -1, Consumers = -1 }));
        (await client.AskAsync("A", new string('x', 60))).GetProperty("seq").GetInt64().ShouldBe(2);
        (await CreateAsync(client, "B", "")).ErrorCode().ShouldBe(0);
        await PushAsync(server, AccountLimitsClaim.Unlimited);
        (await client.AskAsync("$JS.API.INFO")).ErrorCode().ShouldBe(10039);
        await PushAsync(server, AccountLimitsClaim.Unlimited with { JetStream = new JetStreamLimitsClaim { DiskBytes = -1, MemoryBytes = -1, Streams = -1, Consumers = -1 } });
        (await client.AskAsync("A", "x")).GetProperty("seq").GetInt64().ShouldBe(3);
        (await client.AskAsync("$JS.API.INFO")).TryGetProperty("tiers", out _).ShouldBeFalse();
    }

    public void Dispose()
    {
        foreach (NKey key in (NKey[])[_operator, _account, _user]) key.Dispose();
    }

    private static AccountLimitsClaim Tiers(JetStreamLimitsClaim one) =>
        AccountLimitsClaim.Unlimited with { JetStreamTiers = new Dictionary<string, JetStreamLimitsClaim> { ["R1"] = one } };

    private static Task<JsonElement> CreateAsync(Dialogue client, string name, string more) =>
        client.AskAsync("$JS.API.STREAM.CREATE." + name, $$"""{"name":"{{name}}"{{more}}}""");

    private Task<StreamServer> StartAsync(AccountLimitsClaim limits)
    {
        var claims = new OperatorClaims { Subject = _operator.PublicKey, Name = "Op", IssuedAtSeconds = IssuedAt };
        return StreamServer.StartAsync(options => options with
        {
            Operators = [new OperatorOptions { Jwt = JwtWriter.Write(claims, _operator), Subject = _operator.PublicKey }],
            Resolver = new ResolverOptions { Kind = ResolverKind.Memory },
            ResolverPreload = new OptionMap<string> { [_account.PublicKey] = Sign(limits) },
        });
    }

    private async Task PushAsync(StreamServer server, AccountLimitsClaim limits) => (await server.Core.Operators!.ApplyAsync(Sign(limits))).ShouldBeNull();

    private string Sign(AccountLimitsClaim limits) =>
        JwtWriter.Write(new AccountClaims { Subject = _account.PublicKey, Name = "A", IssuedAtSeconds = IssuedAt, Limits = limits }, _operator);

    private Task<Dialogue> LogInAsync(StreamServer server)
    {
        var claims = new UserClaims { Subject = _user.PublicKey, Name = "user", IssuedAtSeconds = IssuedAt, Limits = UserLimitsClaim.Unlimited };
        return server.ConnectAsync(info =>
        {
            using JsonDocument parsed = JsonDocument.Parse(info);
            byte[] nonce = Encoding.ASCII.GetBytes(parsed.RootElement.GetProperty("nonce").GetString()!);
            return $"\"jwt\":\"{JwtWriter.Write(claims, _account)}\",\"sig\":\"{Base64Url.EncodeToString(_user.Sign(nonce))}\"";
        });
    }
}
