using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class StreamRetentionTests
{
    [Theory]
    [InlineData("interest")]
    [InlineData("workqueue")]
    public async Task What_is_gone_is_not_remembered_though_one_message_is_never_acknowledged(string retention)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", $"\"subjects\":[\"a\"],\"retention\":\"{retention}\"");
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv"));
        client.Send("SUB dlv 7");
        await client.StoreAsync(server, "S", [.. Enumerable.Repeat("a x", 100)]);
        for (int i = 1; i <= 100; i++) await ReadAsync(client);
        for (int i = 2; i <= 100; i++) client.Send($"PUB $JS.ACK.S.C.1.{i}.{i}.5.0 0", "");
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.Messages == 1, "all but the first are gone");
        server.Stream("S").Wakeups.All.ShouldHaveSingleItem().Needs.Remembered.ShouldBe(0);
        (await consumer.DescribeAsync()).AckPending.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_gone_before_it_was_acknowledged_is_not_remembered()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"],\"retention\":\"interest\"");
        await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv"));
        await server.StartConsumerAsync("S", TestConsumers.Push("D", "other"));
        client.Send("SUB dlv 7");
        await client.StoreAsync(server, "S", "a x", "a x", "a x");
        for (int i = 1; i <= 3; i++) await ReadAsync(client);
        client.Send("PUB $JS.ACK.S.C.1.2.2.5.0 0", "");
        await Eventually.HoldsAsync(() => server.Stream("S").Wakeups.All[0].Needs.Remembered == 1, "the other consumer needs it");
        await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":2}""");
        server.Stream("S").Wakeups.All[0].Needs.Remembered.ShouldBe(0);
    }

    [Fact]
    public async Task A_message_that_was_given_up_is_forgotten_once_it_is_gone()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", TestConsumers.Push("C", "dlv") with { MaxDeliver = 2 });
        client.Send("SUB dlv 7");
        await client.StoreAsync(server, "S", "a x");
        for (int i = 1; i <= 2; i++)
        {
            await ReadAsync(client);
            client.Send($"PUB $JS.ACK.S.C.{i}.1.{i}.5.0 4", "-NAK");
        }

        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()) is { AckPending: 0, Redelivered: 1 }, "it is given up");
        await client.AskAsync("$JS.API.STREAM.MSG.DELETE.S", """{"seq":1}""");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Redelivered == 0, "it is forgotten");
    }

    private static async Task ReadAsync(Dialogue client)
    {
        (await client.ReadLineAsync())!.ShouldStartWith("MSG a 7 ");
        await client.ExpectAsync("x");
    }
}
