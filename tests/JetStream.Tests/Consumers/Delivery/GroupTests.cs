using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

/// <summary>Priority groups, as clients see them.</summary>
public sealed class GroupTests
{
    [Fact]
    public async Task Who_helps_out_gets_messages_only_once_enough_are_pending()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Grouped(PriorityPolicy.Overflow));
        client.Send("SUB in 7");
        Pull(client, "in", "{\"batch\":1,\"group\":\"g\",\"min_pending\":3}");
        await client.StoreAsync(server, "S", "a 1", "a 2");
        await Eventually.HoldsAsync(
            async () => (await consumer.DescribeAsync()).Obstacle == "too little is pending for the waiting pull requests (min_pending, min_ack_pending)", "two are too few");
        client.Send("PUB a 1", "3");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.1.1.T.2", "1");
        Pull(client, "in", "{\"batch\":1,\"group\":\"g\",\"min_ack_pending\":2}");
        (await client.FenceAsync()).ShouldBeEmpty();
        Pull(client, "in", "{\"batch\":1,\"group\":\"g\"}");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.2.2.T.1", "2");
        await client.ExpectDeliveryAsync(server, "a", "7", "S.C.1.3.3.T.0", "3");
    }

    [Fact]
    public async Task One_client_is_pinned_until_it_asks_no_more_or_somebody_unpins_it()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Grouped(PriorityPolicy.PinnedClient) with { PinnedTtlNanoseconds = 10 * TestConsumers.Second });
        await client.StoreAsync(server, "S", "a 1", "a 2", "a 3", "a 4");
        client.Send("SUB one 1", "SUB two 2", "SUB $JS.EVENT.ADVISORY.CONSUMER.UNPINNED.> 9");
        Pull(client, "one", "{\"batch\":1,\"group\":\"g\"}");
        string pin = await ReadPinnedAsync(client, "1");
        (await consumer.DescribeAsync()).PriorityGroups[0].PinId.ShouldBe(pin);
        Pull(client, "two", "{\"batch\":1,\"group\":\"g\"}");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Obstacle == "another client is pinned than those that ask", "the second waits");
        Pull(client, "one", $$"""{"batch":1,"group":"g","id":"{{pin}}"}""");
        (await ReadPinnedAsync(client, "1")).ShouldBe(pin);
        await consumer.DescribeAsync();
        server.Time.Advance(TimeSpan.FromSeconds(10.1));
        (await ReadAdvisoryAsync(client)).ShouldContain("\"reason\":\"timeout\"");
        string next = await ReadPinnedAsync(client, "2");
        next.ShouldNotBe(pin);
        Pull(client, "one", $$"""{"batch":1,"group":"g","id":"{{pin}}"}""");
        await client.ExpectAsync("HMSG one 1 37 37", "NATS/1.0 423 Nats-Pin-Id mismatch", "", "");
        (await consumer.UnpinAsync("g")).ShouldBeTrue();
        (await ReadAdvisoryAsync(client)).ShouldContain("\"reason\":\"admin\"");
        Pull(client, "one", "{\"batch\":1,\"group\":\"g\"}");
        (await ReadPinnedAsync(client, "1")).ShouldNotBe(next);
    }

    [Fact]
    public async Task The_lower_number_is_served_first()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        LiveConsumer consumer = await server.StartConsumerAsync("S", Grouped(PriorityPolicy.Prioritized));
        client.Send("SUB later 1", "SUB first 2");
        Pull(client, "later", "{\"batch\":2,\"group\":\"g\",\"priority\":5}");
        Pull(client, "first", "{\"batch\":2,\"group\":\"g\",\"priority\":1}");
        await Eventually.HoldsAsync(async () => (await consumer.DescribeAsync()).Waiting == 2, "both wait");
        string[] clients = ["2", "2", "1"];
        for (int i = 1; i <= clients.Length; i++)
        {
            client.Send("PUB a 1", $"{i}");
            await client.ExpectDeliveryAsync(server, "a", clients[i - 1], $"S.C.1.{i}.{i}.T.0", $"{i}");
        }
    }

    private static ConsumerConfig Grouped(PriorityPolicy policy) => TestConsumers.Durable("C") with { PriorityPolicy = policy, PriorityGroups = ["g"] };

    private static void Pull(Dialogue client, string inbox, string body) => client.Send($"PUB $JS.API.CONSUMER.MSG.NEXT.S.C {inbox} {body.Length}", body);

    private static async Task<string> ReadPinnedAsync(Dialogue client, string id)
    {
        (await client.ReadLineAsync())!.ShouldStartWith($"HMSG a {id} ");
        (await client.ReadLineAsync()).ShouldBe("NATS/1.0");
        string header = (await client.ReadLineAsync())!;
        header.ShouldStartWith("Nats-Pin-Id: ");
        await client.ReadLineAsync();
        await client.ReadLineAsync();
        return header["Nats-Pin-Id: ".Length..];
    }

    private static async Task<string> ReadAdvisoryAsync(Dialogue client)
    {
        (await client.ReadLineAsync())!.ShouldStartWith("MSG $JS.EVENT.ADVISORY.CONSUMER.UNPINNED.S.C 9 ");
        return (await client.ReadLineAsync())!;
    }
}
