using System.Text.Json;
using DotNats;
using DotNats.Security;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Api;

/// <summary>Who reaches the API: by a domain's subjects, from other accounts, and as far as a user's permissions go.</summary>
public sealed class ApiAccessTests
{
    [Fact]
    public async Task A_domain_is_asked_by_its_own_subjects_and_no_other()
    {
        await using StreamServer server = await StreamServer.StartAsync(options => options with { JetStream = options.JetStream with { Domain = "hub" } });
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"],\"allow_direct\":true");
        await client.RequestAsync("s", "x");
        (await client.AskAsync("$JS.hub.API.STREAM.INFO.S")).GetProperty("domain").GetString().ShouldBe("hub");
        (await client.AskAsync("$JS.hub.API.INFO")).GetProperty("domain").GetString().ShouldBe("hub");
        client.Send("SUB in 1", "PUB $JS.hub.API.DIRECT.GET.S.s in 0", "");
        (await client.ReadLineAsync())!.ShouldStartWith("HMSG in 1 ");
        (await client.ReadLineAsync()).ShouldBe("NATS/1.0");
        await client.FenceAsync();
        client.Send("PUB $JS.leaf.API.INFO in 0", "");
        (await client.ReadLineAsync())!.ShouldStartWith("HMSG in 1 ");
        (await client.ReadLineAsync()).ShouldBe("NATS/1.0 503");
    }

    [Fact]
    public async Task Requests_that_wait_for_each_other_are_as_many_as_may_wait_and_no_more()
    {
        await using StreamServer server = await StreamServer.StartAsync(options => options with { JetStream = options.JetStream with { RequestQueueLimit = 10, InfoQueueLimit = 5 } });
        Dialogue client = await server.ConnectAsync();
        await server.Streams.Changes.WaitAsync(TestContext.Current.CancellationToken);
        client.Send("SUB in.* 1");
        for (int i = 0; i < 100; i++)
        {
            client.Send($"PUB $JS.API.STREAM.DELETE.S{i} in.{i} 0", "");
            await client.FenceAsync();
        }

        long waiting = server.Service.Statistics.Inflight;
        server.Streams.Changes.Release();
        waiting.ShouldBeInRange(1, 15);
        await Eventually.HoldsAsync(() => server.Service.Statistics.Inflight == 0, "those that waited are answered");
        (await (await server.ConnectAsync()).AskAsync("$JS.API.STREAM.DELETE.S")).ErrorCode().ShouldBe(10059);
    }

    [Fact]
    public async Task An_account_without_jetstream_uses_that_of_another_by_imports()
    {
        static NatsServerOptions Shared(NatsServerOptions options) => options with
        {
            Accounts =
            [
                new AccountOptions
                {
                    Name = "A", JetStream = new AccountJetStreamOptions(), Users = [new UserOptions { Username = "a", Password = "p" }],
                    Exports = [new AccountExport { Subject = "$JS.API.>", IsService = true, ResponseType = ServiceResponseType.Stream }, new AccountExport { Subject = "s.>", IsService = true }],
                },
                new AccountOptions
                {
                    Name = "I", Users = [new UserOptions { Username = "i", Password = "p" }],
                    Imports = [new AccountImport { Account = "A", Subject = "$JS.API.>", IsService = true, To = "from.A.>" }, new AccountImport { Account = "A", Subject = "s.>", IsService = true }],
                },
                new AccountOptions
                {
                    Name = "K", Users = [new UserOptions { Username = "k", Password = "p" }],
                    Imports = [new AccountImport { Account = "A", Subject = "$JS.API.>", IsService = true }],
                },
            ],
        };
        await using StreamServer server = await StreamServer.StartAsync(Shared);
        Dialogue owner = await server.ConnectAsync("\"user\":\"a\",\"pass\":\"p\""), renamed = await server.ConnectAsync("\"user\":\"i\",\"pass\":\"p\"");
        Dialogue direct = await server.ConnectAsync("\"user\":\"k\",\"pass\":\"p\""), listener = await server.ConnectAsync("\"user\":\"a\",\"pass\":\"p\"");
        listener.Send("SUB $JS.EVENT.ADVISORY.API 1");
        await listener.FenceAsync();
        (await renamed.AskAsync("from.A.STREAM.CREATE.S", """{"name":"S","subjects":["s.>"],"storage":"memory"}""")).ErrorCode().ShouldBe(0);
        (await renamed.RequestAsync("s.1", "x")).ShouldBe("""{"stream":"S","seq":1}""");
        (await direct.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state").GetProperty("messages").GetInt64().ShouldBe(1);
        (await owner.AskAsync("$JS.API.STREAM.NAMES")).GetProperty("streams")[0].GetString().ShouldBe("S");

        string[] line = (await listener.ReadLineAsync())!.Split(' ');
        JsonElement client = JsonDocument.Parse(await listener.ReadBytesAsync(int.Parse(line[^1]))).RootElement.GetProperty("client");
        (client.GetProperty("acc").GetString(), client.GetProperty("svc").GetString()).ShouldBe(("I", "A"));
    }

    [Fact]
    public async Task Permissions_of_a_user_are_permissions_on_the_api()
    {
        var reads = new PermissionSet { Publish = new SubjectPermission { Allow = ["$JS.API.STREAM.INFO.*", "s.ok"] } };
        var keeps = new PermissionSet { Publish = new SubjectPermission { Deny = ["$JS.API.STREAM.DELETE.>", "$JS.API.STREAM.PURGE.S"] } };
        await using StreamServer server = await StreamServer.StartAsync(options => options with
        {
            Accounts =
            [
                new AccountOptions
                {
                    Name = "A", JetStream = new AccountJetStreamOptions(),
                    Users =
                    [
                        new UserOptions { Username = "all", Password = "p" },
                        new UserOptions { Username = "reads", Password = "p", Permissions = reads },
                        new UserOptions { Username = "keeps", Password = "p", Permissions = keeps },
                    ],
                },
            ],
        });
        Dialogue all = await server.ConnectAsync("\"user\":\"all\",\"pass\":\"p\""), reader = await server.ConnectAsync("\"user\":\"reads\",\"pass\":\"p\"");
        Dialogue keeper = await server.ConnectAsync("\"user\":\"keeps\",\"pass\":\"p\"");
        await all.CreateStreamAsync("S", "\"subjects\":[\"s.*\"]");
        (await reader.AskAsync("$JS.API.STREAM.INFO.S")).ErrorCode().ShouldBe(0);
        (await reader.RequestAsync("s.ok", "x")).ShouldBe("""{"stream":"S","seq":1}""");
        await RefusedAsync(reader, "$JS.API.STREAM.PURGE.S");
        await RefusedAsync(reader, "s.no");
        (await keeper.RequestAsync("s.no", "x")).ShouldBe("""{"stream":"S","seq":2}""");
        await RefusedAsync(keeper, "$JS.API.STREAM.PURGE.S");
        await RefusedAsync(keeper, "$JS.API.STREAM.DELETE.S");
        (await keeper.AskAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":1}""")).GetProperty("success").GetBoolean().ShouldBeTrue();
    }

    private static async Task RefusedAsync(Dialogue client, string subject)
    {
        client.Send($"PUB {subject} in 0", "");
        await client.ExpectAsync($"-ERR 'Permissions Violation for Publish to \"{subject}\"'");
    }
}
