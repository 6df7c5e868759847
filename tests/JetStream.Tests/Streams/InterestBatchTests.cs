using System.Text.Json;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Streams;

/// <summary>What nobody would ever read takes a number and no room, also where it does not come by itself.</summary>
public sealed class InterestBatchTests
{
    [Fact]
    public async Task Of_an_atomic_batch_only_what_somebody_reads_is_stored()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client);
        client.Send("SUB in.2 1");
        Publish(client, "s.a", "in.1", "Nats-Batch-Id: b\r\nNats-Batch-Sequence: 1");
        Publish(client, "s.b", "in.2", "Nats-Batch-Id: b\r\nNats-Batch-Sequence: 2\r\nNats-Batch-Commit: 1");
        await client.ExpectAsync("MSG in.2 1 44", """{"stream":"S","seq":2,"batch":"b","count":2}""");
        await ExpectAsync(client, messages: 1, last: 2);
    }

    [Fact]
    public async Task Of_a_fast_batch_only_what_somebody_reads_is_stored()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client);
        client.Send("SUB in.> 1");
        client.Send("PUB s.b in.b.9.fail.1.2.$FI 1", "x");
        await client.ExpectAsync("MSG in.b.9.fail.1.2.$FI 1 44", """{"stream":"S","seq":1,"batch":"b","count":1}""");
        await ExpectAsync(client, messages: 0, last: 1);
    }

    [Fact]
    public async Task What_a_schedule_brings_is_not_stored_where_nobody_reads_it()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await CreateAsync(client);
        Publish(client, "s.a", "in.1", "Nats-Schedule: @at 2020-01-01T00:00:00Z\r\nNats-Schedule-Target: s.b");
        await Eventually.HoldsAsync(
            () =>
            {
                server.Time.Advance(TimeSpan.FromSeconds(1));
                return server.Stream("S").Log.State.LastSequence == 2;
            },
            "the schedule has fired");
        await ExpectAsync(client, messages: 0, last: 2);
    }

    private static async Task CreateAsync(Dialogue client)
    {
        await client.CreateStreamAsync("S", "\"subjects\":[\"s.*\"],\"retention\":\"interest\",\"allow_atomic\":true,\"allow_batched\":true,\"allow_msg_schedules\":true");
        await client.AskAsync("$JS.API.CONSUMER.CREATE.S.D.s.a", """{"stream_name":"S","config":{"durable_name":"D","filter_subject":"s.a","ack_policy":"explicit"}}""");
    }

    private static void Publish(Dialogue client, string subject, string reply, string headers)
    {
        string block = $"NATS/1.0\r\n{headers}\r\n\r\n";
        client.Send($"HPUB {subject} {reply} {block.Length} {block.Length + 1}", block + "x");
    }

    private static async Task ExpectAsync(Dialogue client, int messages, int last)
    {
        JsonElement state = (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state");
        state.GetProperty("messages").GetInt32().ShouldBe(messages);
        state.GetProperty("last_seq").GetInt32().ShouldBe(last);
    }
}
