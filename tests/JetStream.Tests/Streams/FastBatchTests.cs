using System.Text.Json;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Streams;

/// <summary>What the publisher of a fast batch is told by the whole server, as by the real one.</summary>
public sealed class FastBatchTests
{
    private const string WrongId = """{"error":{"code":400,"err_code":10070,"description":"wrong last msg ID: "},"stream":"S","seq":0}""";

    [Fact]
    public async Task A_stream_that_acknowledges_nothing_tells_publishers_of_batches_how_far_they_are()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"],\"allow_batched\":true,\"no_ack\":true");
        client.Send("SUB in.> 1");
        await PublishAsync(client, "in.b.1.fail.1.0.$FI", "", """{"type":"ack","seq":1,"msgs":1}""");
        await PublishAsync(client, "in.b.1.fail.2.2.$FI", "", """{"stream":"S","seq":2,"batch":"b","count":2}""");
        client.Send("PUB s in.b.1.fail.9.1.$FI 0", "");
        (await client.FenceAsync()).ShouldBeEmpty();
        (await StateAsync(client)).GetProperty("messages").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task A_message_that_expects_another_last_id_is_refused_and_its_batch_goes_on()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"],\"allow_batched\":true");
        client.Send("SUB in.> 1");
        await PublishAsync(client, "in.b.1.fail.1.0.$FI", "Nats-Expected-Last-Msg-Id: i", """{"type":"ack","seq":0,"msgs":1}""", WrongId);
        await PublishAsync(client, "in.b.1.fail.2.1.$FI", "", """{"type":"ack","seq":2,"msgs":1}""");
        await PublishAsync(client, "in.b.1.fail.3.2.$FI", "", """{"stream":"S","seq":2,"batch":"b","count":3}""");
        (await StateAsync(client)).GetProperty("messages").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task A_batch_whose_end_is_not_stored_is_given_up_after_a_while()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"s\"],\"allow_batched\":true");
        client.Send("SUB in.> 1");
        await PublishAsync(client, "in.b.1.ok.1.2.$FI", "Nats-Expected-Last-Msg-Id: i", WrongId);
        await Eventually.HoldsAsync(
            () =>
            {
                server.Time.Advance(TimeSpan.FromSeconds(1));
                client.Send("PUB s in.b.1.ok.1.0.$FI 0", "");
                return server.Stream("S").Log.State.Messages > 0;
            },
            "the batch may begin anew");
    }

    private static async Task PublishAsync(Dialogue client, string reply, string header, params string[] answers)
    {
        string block = header.Length == 0 ? "NATS/1.0\r\n\r\n" : $"NATS/1.0\r\n{header}\r\n\r\n";
        client.Send($"HPUB s {reply} {block.Length} {block.Length}", block);
        foreach (string answer in answers) await client.ExpectAsync($"MSG {reply} 1 {answer.Length}", answer);
    }

    private static async Task<JsonElement> StateAsync(Dialogue client) => (await client.AskAsync("$JS.API.STREAM.INFO.S")).GetProperty("state");
}
