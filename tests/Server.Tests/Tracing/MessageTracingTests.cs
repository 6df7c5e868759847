using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Security;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Tracing;

// Each expectation was taken from nats-server 2.15.1.
public sealed class MessageTracingTests
{
    private const string Dest = "Nats-Trace-Dest: trace.a";
    private const string Only = "Nats-Trace-Only: 1";

    [Fact]
    public async Task A_traced_message_is_delivered_and_its_event_names_server_request_and_way()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(new NatsServerOptions { ServerName = "srv", ServerTags = ["t"] });
        talk.Publisher.Send("SUB foo 2");
        (await talk.PublishAsync("foo", Dest)).ShouldBe(["HMSG foo 2 38 39", "NATS/1.0", Dest, "", "x"]);
        JsonElement trace = await talk.EventAsync();
        trace.EnumerateObject().Select(member => member.Name).ShouldBe(["server", "request", "events"]);
        trace.GetProperty("server").EnumerateObject().Select(member => member.Name)
            .ShouldBe(["name", "host", "id", "ver", "tags", "feature_flags", "jetstream", "flags", "seq", "time"]);
        trace.GetProperty("request").GetRawText().ShouldBe("""{"header":{"Nats-Trace-Dest":["trace.a"]},"msgsize":39}""");
        string time = JsonSerializer.Serialize(talk.Server.Time.GetUtcNow().UtcDateTime);
        trace.GetProperty("events").GetRawText().ShouldBe(
            $$"""[{"type":"in","ts":{{time}},"kind":0,"cid":6,"name":"pub","acc":"$G","subj":"foo"},{"type":"eg","ts":{{time}},"kind":0,"cid":6,"name":"pub","sub":"foo"}]""");
    }

    [Fact]
    public async Task Every_destination_has_a_line_and_of_a_queue_group_the_chosen_member()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync();
        talk.Publisher.Send("SUB foo.bar 2", "SUB foo.* 3", "SUB foo.> 4 ", "SUB foo.> g 5", "SUB foo.bar g 6", "SUB foo.* h 7");
        await talk.PublishAsync("foo.bar", Dest);
        string[] steps = await talk.StepsAsync();
        steps[0].ShouldBe("in foo.bar");
        steps.Length.ShouldBe(6);
        steps[1..4].ShouldBe(["eg foo.bar", "eg foo.*", "eg foo.>"], ignoreOrder: true);
        steps.Count(step => step.EndsWith("queue=g", StringComparison.Ordinal)).ShouldBe(1);
        steps.ShouldContain("eg foo.* queue=h");
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("On", true)]
    [InlineData("TRUE", true)]
    [InlineData("0", false)]
    [InlineData("yes", false)]
    public async Task Trace_only_tells_who_would_get_the_message(string value, bool only)
    {
        await using TraceConversation talk = await TraceConversation.StartAsync();
        talk.Publisher.Send("SUB foo 2");
        (await talk.PublishAsync("foo", Dest, "Nats-Trace-Only: " + value)).Count.ShouldBe(only ? 0 : 6);
        (await talk.StepsAsync()).ShouldBe(["in foo", "eg foo"]);
    }

    [Fact]
    public async Task Trace_only_does_not_count_towards_a_maximum()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync();
        talk.Publisher.Send("SUB foo 2", "UNSUB 2 1");
        (await talk.PublishAsync("foo", Dest, Only)).ShouldBeEmpty();
        (await talk.PublishAsync("foo", "A: b")).ShouldNotBeEmpty();
        (await talk.PublishAsync("foo", Dest)).ShouldBeEmpty();
        (await talk.WatchedAsync()).Count(line => line.Contains("\"eg\"", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Without_subscribers_the_event_has_the_way_in_and_a_request_is_told()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync();
        talk.Publisher.Send("SUB in 9");
        (await talk.PublishToAsync("nobody", "in", Dest, Only))[..2].ShouldBe(["HMSG in 9 38 38", "NATS/1.0 503"]);
        (await talk.StepsAsync()).ShouldBe(["in nobody"]);
        talk.Publisher.Send("SUB somebody 10");
        (await talk.PublishToAsync("somebody", "in", Dest, Only)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Own_messages_kept_away_are_told_and_the_event_itself_is_no_echo()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(publisherConnect: "\"echo\":false");
        talk.Publisher.Send("SUB foo 2", "SUB foo q 3", "SUB trace.a 4");
        List<string> own = await talk.PublishAsync("foo", Dest);
        own.Count.ShouldBe(2);
        own[0].ShouldStartWith("MSG trace.a 4 ");
        (await talk.StepsAsync()).ShouldBe(["in foo", "eg foo error=Not delivered because of no echo", "eg foo queue=q error=Not delivered because of no echo"]);
    }

    [Fact]
    public async Task A_deny_clause_of_the_subscriber_is_told_trace_only_or_not()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Limited(), "\"user\":\"limited\",\"pass\":\"l\"");
        talk.Publisher.Send("SUB foo.* 2");
        foreach (string[] headers in (string[][])[[Dest], [Dest, Only]])
        {
            (await talk.PublishAsync("foo.no", headers)).ShouldBeEmpty();
            (await talk.StepsAsync()).ShouldBe(["in foo.no", "eg foo.* error=Not delivered because subscription denies this subject"]);
        }
    }

    [Fact]
    public async Task A_refused_publish_is_an_error_of_the_way_in()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Limited(), "\"user\":\"limited\",\"pass\":\"l\"");
        (await talk.PublishAsync("no", Dest)).ShouldBe(["-ERR 'Permissions Violation for Publish to \"no\"'"]);
        (await talk.StepsAsync()).ShouldBe(["in no error=Permissions Violation for Publish to \"no\""]);
        (await talk.PublishToAsync("foo", "_R_.a", Dest)).ShouldBe(["-ERR 'Permissions Violation for Publish with Reply of \"_R_.a\"'"]);
        (await talk.StepsAsync()).ShouldBe(["in foo error=Permissions Violation for Publish with Reply of \"_R_.a\""]);
    }

    [Theory]
    [InlineData("trace.no")]
    [InlineData("_GR_.x")]
    [InlineData("$NRG.x")]
    public async Task Who_may_not_publish_to_the_destination_publishes_nothing(string destination)
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Limited(), "\"user\":\"limited\",\"pass\":\"l\"");
        talk.Publisher.Send("SUB foo.yes 2");
        (await talk.PublishAsync("foo.yes", "Nats-Trace-Dest: " + destination)).ShouldBe([$"-ERR 'Permissions Violation for Publish to \"{destination}\"'"]);
        (await talk.WatchedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_over_the_limit_is_traced_before_its_connection_ends()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(new NatsServerOptions { Limits = new LimitOptions { MaxPayloadBytes = 50 } });
        talk.Publisher.SendBytes(Encoding.ASCII.GetBytes($"HPUB foo 38 138\r\nNATS/1.0\r\n{Dest}\r\n\r\n"));
        await talk.Publisher.ExpectClosedAsync("-ERR 'Maximum Payload Violation'");
        JsonElement trace = await talk.EventAsync();
        trace.GetProperty("request").GetProperty("msgsize").GetInt32().ShouldBe(138);
        trace.GetProperty("events")[0].GetProperty("error").GetString().ShouldBe("maximum payload exceeded");
    }

    [Theory]
    [InlineData("trace disabled", true)]
    [InlineData("trace.*", false)]
    [InlineData("trace..x", false)]
    [InlineData("a b", false)]
    [InlineData("", true)]
    public async Task A_destination_nobody_can_publish_to_means_no_event(string destination, bool deliversTraceOnly)
    {
        await using TraceConversation talk = await TraceConversation.StartAsync();
        talk.Publisher.Send("SUB foo 2");
        (await talk.PublishAsync("foo", "Nats-Trace-Dest: " + destination)).ShouldNotBeEmpty();
        (await talk.PublishAsync("foo", "Nats-Trace-Dest: " + destination, Only)).Count.ShouldBe(deliversTraceOnly ? 6 : 0);
        (await talk.WatchedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_origin_account_from_a_client_switches_tracing_off_down_the_line()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync();
        talk.Publisher.Send("SUB foo 2");
        List<string> received = await talk.PublishAsync("foo", "A: 1", Dest, "Nats-Trace-Origin-Account: B", "Z: 2");
        received[1..].ShouldBe(["NATS/1.0", "A: 1", "Nats-Trace-Origin-Account: B", "Z: 2", "Nats-Trace-Dest: trace disabled", "", "x"]);
        received[0].ShouldBe($"HMSG foo 2 {10 + 6 + 30 + 6 + 33 + 2} {10 + 6 + 30 + 6 + 33 + 2 + 1}");
        (await talk.PublishAsync("foo", Dest, "Nats-Trace-Origin-Account: B", Only)).ShouldBeEmpty();
        (await talk.WatchedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_system_account_nothing_is_published_and_trace_only_still_holds()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(new NatsServerOptions { NoSystemAccount = true });
        talk.Publisher.Send("SUB foo 2");
        (await talk.PublishAsync("foo", Dest)).ShouldNotBeEmpty();
        (await talk.PublishAsync("foo", Dest, Only)).ShouldBeEmpty();
        (await talk.WatchedAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("br", "identity")]
    [InlineData("GZIP", "gzip")]
    [InlineData("gzip, s2", "snappy")]
    public async Task The_event_says_how_it_is_encoded(string accepted, string encoding)
    {
        await using TraceConversation talk = await TraceConversation.StartAsync();
        await talk.PublishAsync("foo", Dest, "Accept-Encoding: " + accepted);
        List<string> lines = await talk.WatchedAsync();
        lines[0].ShouldStartWith("HMSG trace.a 1 ");
        lines[1..4].ShouldBe(["NATS/1.0", "Content-Encoding: " + encoding, ""]);
    }

    private static NatsServerOptions Limited()
    {
        var permissions = new PermissionSet
        {
            Publish = new SubjectPermission { Deny = ["no", "trace.no"] },
            Subscribe = new SubjectPermission { Deny = ["foo.no"] },
        };
        var limited = new UserOptions { Username = "limited", Password = "l", Permissions = permissions };
        return new NatsServerOptions { Authorization = new AuthorizationOptions { Users = [limited, new UserOptions { Username = "watcher", Password = "w" }] } };
    }
}
