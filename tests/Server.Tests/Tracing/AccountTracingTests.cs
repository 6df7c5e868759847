using System.Text.Json;
using DotNats;
using DotNats.Security;
using DotNats.Server.Tracing;
using Server.Tests.Authentication;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Tracing;

// Each expectation was taken from nats-server 2.15.1.
public sealed class AccountTracingTests
{
    private const string Sampled = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task A_message_that_an_application_traces_is_traced_to_its_accounts_destination()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Traced());
        talk.Publisher.Send("SUB foo 2");
        (await talk.PublishAsync("foo", Sampled, "Nats-Trace-Only: 1"))[1..].ShouldBe(["NATS/1.0", Sampled, "Nats-Trace-Only: 1", "", "x"]);
        JsonElement trace = await talk.EventAsync();
        trace.GetProperty("request").GetProperty("header").GetProperty("traceparent").GetArrayLength().ShouldBe(1);
        trace.GetProperty("events").EnumerateArray().Select(step => step.GetProperty("type").GetString()).ShouldBe(["in", "eg"]);
    }

    [Theory]
    [InlineData("TraceParent: 00-a-b-01", true)]
    [InlineData("traceparent: 00-a-b-7f", true)]
    [InlineData("traceparent: 00-a-b-00\r\ntraceparent: 00-a-b-01", true)]
    [InlineData("traceparent: 00-a-b-00", false)]
    [InlineData("traceparent: 00-a-b-81", false)]
    [InlineData("traceparent: 00-a-b-1", false)]
    [InlineData("traceparent: 00-a-b-0x", false)]
    [InlineData("traceparent: 00-a-b-c-01", false)]
    [InlineData("traceparent: a-b-01", false)]
    [InlineData("traceparents: 00-a-b-01", false)]
    [InlineData("x: y\r\nno colon\r\ntraceparent: 00-a-b-01", false)]
    public async Task The_flags_say_whether_it_does(string header, bool isTraced)
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Traced());
        talk.Publisher.Send("SUB foo 2");
        (await talk.PublishAsync("foo", header)).ShouldNotContain("Nats-Trace-Dest: trace disabled");
        (await talk.WatchedAsync()).Count.ShouldBe(isTraced ? 2 : 0);
    }

    [Fact]
    public async Task A_destination_in_the_message_comes_first()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Traced());
        await talk.PublishAsync("foo", Sampled, "Nats-Trace-Dest: trace.own");
        (await talk.WatchedAsync())[0].ShouldStartWith("MSG trace.own ");
        await talk.PublishAsync("foo", Sampled, "Nats-Trace-Dest: trace disabled");
        (await talk.WatchedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_falls_out_of_the_sample_is_delivered_and_traced_by_no_other_server()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Traced(sampling: 1));
        talk.Publisher.Send("SUB foo 2");
        int disabled = 0;
        for (int i = 0; i < 20; i++)
        {
            List<string> received = await talk.PublishAsync("foo", Sampled);
            received[1..3].ShouldBe(["NATS/1.0", Sampled]);
            if (received[3] == "Nats-Trace-Dest: trace disabled") disabled++;
        }

        disabled.ShouldBeGreaterThan(0);
        (await talk.WatchedAsync()).Count(line => line.StartsWith("MSG ", StringComparison.Ordinal)).ShouldBe(20 - disabled);
    }

    [Fact]
    public async Task Who_may_not_publish_to_the_destination_publishes_nothing()
    {
        PermissionSet permissions = new() { Publish = new SubjectPermission { Deny = ["trace.>"] } };
        await using TraceConversation talk = await TraceConversation.StartAsync(Traced(permissions: permissions));
        talk.Publisher.Send("SUB foo 2");
        (await talk.PublishAsync("foo", Sampled)).ShouldBe(["-ERR 'Permissions Violation for Publish to \"trace.account\"'"]);
    }

    [Fact]
    public async Task A_reload_turns_it_off_and_on_for_those_who_are_connected()
    {
        await using TraceConversation talk = await TraceConversation.StartAsync(Traced());
        talk.Publisher.Send("SUB foo 2");
        await talk.Server.Server.ReloadAsync(Traced(destination: null) with { Host = "127.0.0.1", Port = -1 });
        (await talk.PublishAsync("foo", Sampled))[1..].ShouldBe(["NATS/1.0", Sampled, "", "x"]);
        (await talk.WatchedAsync()).ShouldBeEmpty();
        await talk.Server.Server.ReloadAsync(Traced(destination: "trace.other") with { Host = "127.0.0.1", Port = -1 });
        await talk.PublishAsync("foo", Sampled);
        (await talk.WatchedAsync())[0].ShouldStartWith("MSG trace.other ");
    }

    [Fact]
    public async Task Claims_name_a_destination_too_and_change_it_live()
    {
        using OperatorWorld world = new();
        await using TestServer server = await world.StartAsync();
        Dialogue client = await world.ConnectAsync(server);
        client.Send("SUB trace.> 1");
        await PublishSampledAsync(client);
        foreach ((TraceClaim? trace, int events) in new[] { (new TraceClaim { Destination = "trace.jwt" }, 1), (null, 0) })
        {
            AccountClaims claims = world.ClaimsOfA with { IssuedAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(1)), Trace = trace };
            (await OperatorWorld.Accounts(server).ApplyAsync(world.Sign(claims))).ShouldBeNull();
            (await PublishSampledAsync(client)).Count(line => line.StartsWith("MSG trace.jwt ", StringComparison.Ordinal)).ShouldBe(events);
        }
    }

    [Fact]
    public void A_sample_of_a_hundred_or_of_what_is_no_percentage_is_all()
    {
        foreach (int sampling in (int[])[100, 0, -1, 101])
            AccountTracing.Of(new TraceClaim { Destination = "a", Sampling = sampling }).ShouldNotBeNull().Samples().ShouldBeTrue();
        AccountTracing.Of((TraceClaim?)null).ShouldBeNull();
        AccountTracing.Of(new TraceClaim { Destination = "a..b" }).ShouldBeNull();
    }

    private static Task<List<string>> PublishSampledAsync(Dialogue client)
    {
        string block = $"NATS/1.0\r\n{Sampled}\r\n\r\n";
        client.Send($"HPUB foo {block.Length} {block.Length + 1}", block + "x");
        return client.FenceAsync();
    }

    private static NatsServerOptions Traced(string? destination = "trace.account", int sampling = 100, PermissionSet? permissions = null)
    {
        UserOptions user = new() { Username = "a", Password = "a", Permissions = permissions };
        AccountOptions account = new() { Name = "A", Users = [user], TraceDestination = destination, TraceSampling = destination is null ? 0 : sampling };
        return new NatsServerOptions { Accounts = [account], NoAuthUser = "a" };
    }
}
