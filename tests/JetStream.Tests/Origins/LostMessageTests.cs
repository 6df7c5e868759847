using System.Text.Json;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Origins;

/// <summary>What becomes of a copy when its origin or the way between misbehaves.</summary>
public sealed class LostMessageTests
{
    [Theory]
    [InlineData("mirror")]
    [InlineData("source")]
    public async Task A_message_that_got_lost_is_asked_for_again(string kind)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        FakeOrigin origin = await CreateAsync(server, kind);
        (string subject, string reply, string headers, JsonElement config) = await origin.NextRequestAsync();
        subject.ShouldBe("X.API.CONSUMER.CREATE.A");
        headers.ShouldContain(kind == "mirror" ? "Nats-Required-Api-Level: 4\r\n" : "Nats-Required-Api-Level: 5\r\n");
        string deliver = await origin.AcceptAsync("c1", reply, config);
        deliver.ShouldStartWith("X.D.");
        origin.Send(deliver, "c1", 1, 1, "one");
        origin.Send(deliver, "old", 2, 2, "of another consumer");
        origin.Send(deliver, "c1", 4, 3, "four: the second is missing");
        (_, reply, headers, config) = await origin.NextRequestAsync();
        config.GetProperty("opt_start_seq").GetInt32().ShouldBe(2);
        if (kind == "source") headers.ShouldContain("Nats-Stream-Identity: one\r\n");
        string second = await origin.AcceptAsync("c2", reply, config, delivered: 1);
        origin.Send(deliver, "c1", 2, 2, "from the old one");
        origin.Send(second, "c2", 2, 1, "two");
        origin.Send(second, "c2", 4, 2, "four");
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.Messages == 3, "three messages");
        (await PayloadsAsync(server)).ShouldBe(["one", "two", "four"]);
        server.Stream("S").Log.State.LastSequence.ShouldBe(kind == "mirror" ? 4UL : 3UL);
    }

    [Fact]
    public async Task A_heartbeat_tells_what_got_lost_and_silence_that_the_consumer_is_gone()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        FakeOrigin origin = await CreateAsync(server, "source");
        (_, string reply, _, JsonElement config) = await origin.NextRequestAsync();
        string deliver = await origin.AcceptAsync("c1", reply, config);
        origin.Send(deliver, "c1", 1, 1, "one");
        origin.SendControl(deliver, "Idle Heartbeat\r\nNats-Last-Consumer: 1\r\nNats-Last-Stream: 1");
        origin.SendControl(deliver, "Idle Heartbeat\r\nNats-Last-Consumer: 2\r\nNats-Last-Stream: 2");
        (_, reply, _, config) = await origin.NextRequestAsync();
        config.GetProperty("opt_start_seq").GetInt32().ShouldBe(2);
        await origin.AcceptAsync("c2", reply, config);
        (_, reply, _, config) = await origin.NextRequestAsync();
        config.GetProperty("opt_start_seq").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Flow_control_is_answered_with_what_is_stored()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        FakeOrigin origin = await CreateAsync(server, "mirror");
        (_, string reply, _, JsonElement config) = await origin.NextRequestAsync();
        string deliver = await origin.AcceptAsync("c1", reply, config);
        await origin.ListenAsync("fc.>");
        origin.Send(deliver, "c1", 1, 1, "one");
        origin.Send(deliver, "c1", 5, 2, "five");
        origin.SendControl(deliver, "FlowControl Request", "fc.1");
        (await origin.ReadReplyAsync()).ShouldBe(("fc.1", "NATS/1.0\r\nNats-Last-Consumer: 2\r\nNats-Last-Stream: 5\r\n\r\n"));
        origin.SendControl(deliver, "Idle Heartbeat\r\nNats-Last-Consumer: 2\r\nNats-Consumer-Stalled: fc.2");
        (await origin.ReadReplyAsync()).ShouldBe(("fc.2", ""));
    }

    [Fact]
    public async Task A_new_stream_of_the_old_name_is_copied_from_its_beginning()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        FakeOrigin origin = await CreateAsync(server, "source");
        (_, string reply, _, JsonElement config) = await origin.NextRequestAsync();
        string deliver = await origin.AcceptAsync("c1", reply, config, identity: "one");
        origin.Send(deliver, "c1", 7, 1, "seven");
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.Messages == 1, "a message");
        origin.SendControl(deliver, "Idle Heartbeat\r\nNats-Last-Consumer: 5");
        (_, reply, string headers, config) = await origin.NextRequestAsync();
        headers.ShouldContain("Nats-Stream-Identity: one\r\n");
        origin.Answer(reply, """{"error":{"code":400,"err_code":10225,"description":"consumer's stream identity does not match: two"}}""");
        (_, reply, headers, config) = await origin.NextRequestAsync();
        headers.ShouldContain("Nats-Stream-Identity: \r\n");
        config.TryGetProperty("opt_start_seq", out _).ShouldBeFalse();
        deliver = await origin.AcceptAsync("c2", reply, config, identity: "two");
        origin.Send(deliver, "c2", 1, 1, "new");
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.Messages == 2, "two messages");
        string header = (await HeadersAsync(server, 2)).Single(static line => line.StartsWith("Nats-Stream-Source", StringComparison.Ordinal));
        header.ShouldMatch("^Nats-Stream-Source: A:[0-9A-Za-z]{8} 1 > > X.D.S.[0-9A-Za-z]{8} two$");
    }

    [Fact]
    public async Task Servers_that_know_less_are_asked_for_less()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        FakeOrigin origin = await CreateAsync(server, "source");
        (_, string reply, string headers, JsonElement config) = await origin.NextRequestAsync();
        origin.Answer(reply, """{"error":{"code":412,"err_code":10185,"description":"JetStream minimum api level required"}}""");
        (_, reply, headers, config) = await origin.NextRequestAsync();
        headers.ShouldBe("NATS/1.0\r\nNats-Required-Api-Level: 4\r\n\r\n");
        origin.Answer(reply, """{"error":{"code":400,"err_code":10025,"description":"invalid JSON"}}""");
        (_, reply, headers, config) = await origin.NextRequestAsync();
        headers.ShouldBe("");
        config.TryGetProperty("sourcing", out _).ShouldBeFalse();
        config.GetProperty("name").GetString()!.ShouldMatch("^JS_SRC_[0-9A-Za-z]{8}_.+$");
        await origin.AcceptAsync("c1", reply, config, identity: "");
    }

    [Fact]
    public async Task A_refusal_is_shown_and_asked_about_again()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        FakeOrigin origin = await CreateAsync(server, "mirror");
        (_, string reply, _, JsonElement config) = await origin.NextRequestAsync();
        origin.Answer(reply, """{"error":{"code":404,"err_code":10059,"description":"stream not found"}}""");
        await Eventually.HoldsAsync(() => server.Stream("S").Origins.Describe()[0].Error is { ErrCode: 10059 }, "the error is shown");
        await origin.NextRequestAsync();
        // An answer that never comes, and one that is none.
        (_, reply, _, _) = await origin.NextRequestAsync();
        origin.Answer(reply, "nonsense");
        (_, reply, _, config) = await origin.NextRequestAsync();
        await origin.AcceptAsync("c1", reply, config);
        server.Stream("S").Origins.Describe()[0].Error.ShouldBeNull();
    }

    [Fact]
    public async Task A_durable_consumer_is_reset_and_must_go_by_flow_control()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        FakeOrigin origin = await FakeOrigin.StartAsync(server);
        Dialogue client = await server.ConnectAsync();
        (await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","storage":"memory","sources":[{"name":"A","external":{"api":"X.API","deliver":""},"consumer":{"name":"D","deliver_subject":"X.D.durable"}}]}""")).ErrorCode().ShouldBe(0);
        (string subject, string reply, _, JsonElement config) = await origin.NextRequestAsync();
        subject.ShouldBe("X.API.CONSUMER.RESET.A.D");
        config.ValueKind.ShouldBe(JsonValueKind.Undefined);
        origin.Answer(reply, """{"name":"D","config":{"deliver_subject":"X.D.durable","ack_policy":"explicit"}}""");
        await Eventually.HoldsAsync(() => server.Stream("S").Origins.Describe()[0].Error is { ErrCode: 10217 }, "the error is shown");
        (_, reply, _, _) = await origin.NextRequestAsync();
        origin.Answer(reply, """{"name":"D","config":{"deliver_subject":"X.D.durable","ack_policy":"flow_control"},"delivered":{"stream_seq":3}}""");
        await Eventually.HoldsAsync(() => server.Core.Accounts.Global.Subscriptions.HasInterest("X.D.durable"u8), "somebody listens");
        origin.Send("X.D.durable", "D", 4, 1, "four");
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.Messages == 1, "a message");
    }

    private static async Task<FakeOrigin> CreateAsync(StreamServer server, string kind)
    {
        FakeOrigin origin = await FakeOrigin.StartAsync(server);
        Dialogue client = await server.ConnectAsync();
        string what = kind == "mirror" ? $"\"mirror\":{FakeOrigin.Source}" : $"\"sources\":[{FakeOrigin.Source}]";
        (await client.CreateStreamAsync("S", what)).ErrorCode().ShouldBe(0);
        return origin;
    }

    private static async Task<List<string>> PayloadsAsync(StreamServer server)
    {
        var payloads = new List<string>();
        var message = new MessageBuffer();
        for (ulong at = 1; server.Stream("S").Log.TryReadNext(at, null, message) == ReadStatus.Found; at = message.Sequence + 1)
            payloads.Add(System.Text.Encoding.UTF8.GetString(message.Payload));
        await Task.CompletedTask;
        return payloads;
    }

    private static Task<string[]> HeadersAsync(StreamServer server, ulong sequence)
    {
        var message = new MessageBuffer();
        server.Stream("S").Log.TryRead(sequence, message);
        return Task.FromResult(System.Text.Encoding.UTF8.GetString(message.Headers).Split("\r\n"));
    }
}
