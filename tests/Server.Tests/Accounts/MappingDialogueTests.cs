using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Security;
using DotNats.Server.Monitoring;
using Server.Tests.Harness;
using Server.Tests.Tracing;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts;

// What permissions, no responders and traces see of a mapped message was taken from nats-server 2.15.1.
public sealed class MappingDialogueTests
{
    [Fact]
    public async Task A_message_arrives_under_its_new_subject_with_its_reply()
    {
        await using TestServer server = await TestServer.StartAsync(Mapped(("foo", "bar"), ("w.*.*", "x.$2.{{split(1,-)}}"), ("deep.>", "d.>")));
        Dialogue c = await server.ConnectAsync();
        c.Send("SUB > 1", "PUB foo re.ply 1", "1", "PUB w.a-b.c 1", "2", "PUB deep.1.2 1", "3", "PUB other 1", "4");
        await c.ExpectAsync("MSG bar 1 re.ply 1", "1", "MSG x.c.a.b 1 1", "2", "MSG d.1.2 1 1", "3", "MSG other 1 1", "4");
    }

    [Fact]
    public async Task A_mapped_subject_is_not_mapped_again()
    {
        await using TestServer server = await TestServer.StartAsync(Mapped(("a", "b"), ("b", "c")));
        Dialogue c = await server.ConnectAsync();
        c.Send("SUB * 1", "PUB a 1", "x");
        await c.ExpectAsync("MSG b 1 1", "x");
    }

    [Fact]
    public async Task Every_account_has_mappings_of_its_own()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions
        {
            Accounts = [Account("A", ("foo", "a")), Account("B", ("foo", "b"), ("a", "never"))],
            Mappings = [Mapping("foo", "global")],
        });
        foreach ((string user, string expected) in ((string, string)[])[("A", "a"), ("B", "b")])
        {
            Dialogue c = await server.ConnectAsync($"\"user\":\"{user}\",\"pass\":\"p\"");
            c.Send("SUB * 1", "PUB foo 1", "x");
            await c.ExpectAsync($"MSG {expected} 1 1", "x");
        }
    }

    [Fact]
    public async Task A_lost_message_counts_and_is_confirmed_and_nobody_gets_it()
    {
        await using TestServer server = await TestServer.StartAsync(Lossy());
        Dialogue c = server.Open();
        c.Send("CONNECT {\"verbose\":true}", "SUB > 1", "PUB drop 3", "abc");
        (await c.FenceAsync()).ShouldBe(["+OK", "+OK", "+OK"]);
        server.Server.Monitoring.Varz().InMsgs.ShouldBe(1);
        server.Server.Monitoring.Varz().InBytes.ShouldBe(3);
        server.Server.Monitoring.Varz().OutMsgs.ShouldBe(0);
    }

    [Fact]
    public async Task No_responders_names_the_new_subject_and_none_for_a_lost_message()
    {
        await using TestServer server = await TestServer.StartAsync(Lossy());
        Dialogue c = await server.ConnectAsync();
        c.Send("SUB r 1", "PUB foo r 1", "x", "PUB drop r 1", "x");
        await c.ExpectAsync("HMSG r 1 35 35", "NATS/1.0 503", "Nats-Subject: bar", "", "", "HMSG r 1 32 32", "NATS/1.0 503", "Nats-Subject: ", "", "");
    }

    [Fact]
    public async Task Permissions_are_asked_for_the_new_subject()
    {
        var allow = new UserOptions { Username = "allow", Password = "p", Permissions = Publish(new SubjectPermission { Allow = ["foo", "ok"] }) };
        var deny = new UserOptions { Username = "deny", Password = "p", Permissions = Publish(new SubjectPermission { Deny = ["bar"] }) };
        await using TestServer server = await TestServer.StartAsync(Lossy() with { Authorization = new AuthorizationOptions { Users = [allow, deny] } });
        Dialogue c = await server.ConnectAsync("\"user\":\"allow\",\"pass\":\"p\"");
        c.Send("PUB foo 1", "x", "PUB drop 1", "x", "PUB ok 1", "x");
        (await c.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"bar\"'", "-ERR 'Permissions Violation for Publish to \"\"'"]);
        Dialogue d = await server.ConnectAsync("\"user\":\"deny\",\"pass\":\"p\"");
        d.Send("PUB foo 1", "x", "PUB drop 1", "x");
        (await d.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"bar\"'"]);
    }

    [Fact]
    public async Task A_pedantic_client_is_judged_by_what_it_wrote()
    {
        await using TestServer server = await TestServer.StartAsync(Mapped(("w.*", "x.$1.{{split(1,-)}}")));
        Dialogue c = await server.ConnectAsync("\"pedantic\":true");
        c.Send("SUB > 1", "PUB w.* 1", "x", "PUB w.--a r 1", "x");
        (await c.FenceAsync()).ShouldBe(["-ERR 'Invalid Publish Subject'", "MSG x.*.* 1 1", "x", "HMSG r 1 40 40", "NATS/1.0 503", "Nats-Subject: x.--a..a", "", ""]);
    }

    [Fact]
    public async Task A_reserved_subject_cannot_be_reached_by_mapping()
    {
        await using TestServer server = await TestServer.StartAsync(Mapped(("foo", "$NRG.x")));
        Dialogue c = await server.ConnectAsync();
        c.Send("PUB foo 1", "x");
        (await c.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"$NRG.x\"'"]);
    }

    [Fact]
    public async Task A_trace_tells_the_mapping()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Lossy());
        talk.Publisher.Send("SUB bar 2");
        await talk.PublishAsync("foo", "Nats-Trace-Dest: trace.a");
        JsonElement events = (await talk.EventAsync()).GetProperty("events");
        events.GetArrayLength().ShouldBe(3);
        events[0].GetProperty("subj").GetString().ShouldBe("foo");
        string time = JsonSerializer.Serialize(talk.Server.Time.GetUtcNow().UtcDateTime);
        events[1].GetRawText().ShouldBe($$"""{"type":"sm","ts":{{time}},"to":"bar"}""");
        events[2].GetProperty("sub").GetString().ShouldBe("bar");
        await talk.PublishAsync("drop", "Nats-Trace-Dest: trace.a", "Nats-Trace-Only: 1");
        events = (await talk.EventAsync()).GetProperty("events");
        events.GetArrayLength().ShouldBe(2);
        events[1].GetProperty("to").GetString().ShouldBe("");
    }

    [Fact]
    public async Task The_log_shows_the_mapping_between_command_and_payload()
    {
        var log = new RecordedLog();
        NatsServerOptions options = Mapped(("foo", "bar")) with { Host = "127.0.0.1", Port = -1, Logging = new LoggingOptions { Trace = true } };
        await using NatsServer server = await NatsServer.StartAsync(options, new NatsServerDependencies { LoggerFactory = log }, TestContext.Current.CancellationToken);
        await using var c = new Dialogue(server.ConnectInProcess());
        await c.ConnectAsync();
        c.Send("PUB foo 1", "x");
        await c.FenceAsync();
        string[] lines = [.. log.Lines.SkipWhile(line => !line.Contains("PUB foo", StringComparison.Ordinal)).Take(3)];
        lines.Select(line => line[line.IndexOf("<<-", StringComparison.Ordinal)..]).ShouldBe(["<<- [PUB foo 1]", "<<- [MAPPING foo -> bar]", "<<- MSG_PAYLOAD: [\"x\"]"]);
    }

    [Fact]
    public async Task Account_details_list_mappings_with_the_upper_ends_of_their_shares()
    {
        SubjectMapping weighted = new()
        {
            Source = "w.*",
            Destinations = [new MappingDestination { Subject = "a.$1", Weight = 50 }, new MappingDestination { Subject = "b.$1", Weight = 30, Cluster = "east" }],
        };
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Mappings = [Mapping("m1", "m2"), weighted] });
        AccountDetail detail = server.Server.Monitoring.Accountz("$G").ShouldNotBeNull().AccountDetail.ShouldNotBeNull();
        string.Join("; ", detail.Mappings!.Select(m => $"{m.Key}: {string.Join(", ", m.Value.Select(d => $"{d.Subject} {d.Weight} {d.Cluster}".Trim()))}"))
            .ShouldBe("m1: m2 100; w.*: a.$1 50, w.$1 100, b.$1 30 east, w.$1 100 east");
    }

    [Fact]
    public async Task A_reload_changes_mappings_under_connected_clients()
    {
        await using TestServer server = await TestServer.StartAsync(Mapped(("foo", "bar")));
        Dialogue c = await server.ConnectAsync();
        c.Send("SUB * 1", "PUB foo 1", "1");
        await c.ExpectAsync("MSG bar 1 1", "1");
        await ReloadAsync(server, Mapped(("foo", "baz"), ("qux", "quux")));
        c.Send("PUB foo 1", "2", "PUB qux 1", "3");
        await c.ExpectAsync("MSG baz 1 1", "2", "MSG quux 1 1", "3");
        // Compat: not to be told of mappings is no order to end those of the global account.
        await ReloadAsync(server, new NatsServerOptions());
        c.Send("PUB foo 1", "4");
        await c.ExpectAsync("MSG baz 1 1", "4");
        await ReloadAsync(server, new NatsServerOptions { Mappings = [] });
        c.Send("PUB foo 1", "5");
        await c.ExpectAsync("MSG foo 1 1", "5");
    }

    [Fact]
    public async Task An_account_that_is_given_no_mappings_by_a_reload_has_none()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Accounts = [Account("A", ("foo", "bar"))] });
        Dialogue c = await server.ConnectAsync("\"user\":\"A\",\"pass\":\"p\"");
        await ReloadAsync(server, new NatsServerOptions { Accounts = [Account("A")] });
        c.Send("SUB * 1", "PUB foo 1", "1");
        await c.ExpectAsync("MSG foo 1 1", "1");
    }

    [Theory]
    [InlineData("east", "in-east")]
    [InlineData("west", "elsewhere")]
    [InlineData(null, "elsewhere")]
    public async Task The_name_of_the_cluster_decides_between_destinations(string? cluster, string expected)
    {
        SubjectMapping mapping = new()
        {
            Source = "foo",
            Destinations = [new MappingDestination { Subject = "in-east", Cluster = "east" }, new MappingDestination { Subject = "elsewhere" }],
        };
        NatsServerOptions options = new() { Mappings = [mapping], Cluster = cluster is null ? null : new ClusterOptions { Name = cluster } };
        await using TestServer server = await TestServer.StartAsync(options);
        Dialogue c = await server.ConnectAsync();
        c.Send("SUB * 1", "PUB foo 1", "x");
        await c.ExpectAsync($"MSG {expected} 1 1", "x");
    }

    [Fact]
    public async Task A_long_subject_is_mapped_whole()
    {
        await using TestServer server = await TestServer.StartAsync(Mapped(("foo.*", "{{sliceFromLeft(1,1)}}.$1.$1")));
        Dialogue c = await server.ConnectAsync();
        string word = new('x', 3000);
        c.SendBytes(Encoding.ASCII.GetBytes($"SUB > 1\r\nPUB foo.{word} 1\r\nx\r\n"));
        await c.ExpectAsync($"MSG {string.Join('.', word.ToCharArray())}.{word}.{word} 1 1", "x");
    }

    private static Task ReloadAsync(TestServer server, NatsServerOptions options) => server.Server.ReloadAsync(options with { Host = "127.0.0.1", Port = -1 });

    private static NatsServerOptions Mapped(params (string From, string To)[] mappings) =>
        new() { Mappings = [.. mappings.Select(mapping => Mapping(mapping.From, mapping.To))] };

    private static NatsServerOptions Lossy() => new()
    {
        Mappings = [Mapping("foo", "bar"), new SubjectMapping { Source = "drop", Destinations = [new MappingDestination { Subject = "drop", Weight = 0 }] }],
    };

    private static AccountOptions Account(string name, params (string From, string To)[] mappings) => new()
    {
        Name = name,
        Users = [new UserOptions { Username = name, Password = "p" }],
        Mappings = [.. mappings.Select(mapping => Mapping(mapping.From, mapping.To))],
    };

    private static SubjectMapping Mapping(string from, string to) => new() { Source = from, Destinations = [new MappingDestination { Subject = to }] };

    private static PermissionSet Publish(SubjectPermission permission) => new() { Publish = permission };
}
