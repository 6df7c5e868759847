using System.Globalization;
using System.Text;
using JetStream.Tests.Harness;
using JetStream.Tests.Ingest;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

/// <summary>Memory of the whole process is looked at: nothing else may run.</summary>
[Collection(nameof(PublishAllocationTests))]
public sealed class IdleConsumerTests
{
    private const int Others = 100;

    // Some 2,000 and 2,700, with what the process happens to hold besides for so few.
    private const long MostIdle = 3400;
    private const long MostUsed = 4096;

    private const int Consumers = 800;

    [Fact]
    public async Task A_consumer_that_nobody_uses_holds_little_and_not_much_more_once_somebody_did()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.RequestAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a.*"],"storage":"file"}""");
        // The first ones pay for what all others share.
        await CreateAsync(client, 0, Others);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await CreateAsync(client, Others, Consumers);
        (BytesSince(before) / Consumers).ShouldBeLessThan(MostIdle);

        await UseAsync(client, Others, Consumers);
        await Eventually.HoldsAsync(() => Advance(server) && BytesSince(before) / Consumers < MostUsed, "what was needed to deliver is given back");
    }

    [Fact]
    public async Task A_consumer_that_was_idle_goes_on_where_it_was()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectPingedAsync();
        await client.RequestAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a.*"],"storage":"file"}""");
        await CreateAsync(client, 0, 1);
        client.Send("SUB in 7");
        for (ulong i = 1; i <= 3; i++)
        {
            await client.StoreAsync(server, "S", $"a.0 {i}");
            client.Send("PUB $JS.API.CONSUMER.MSG.NEXT.S.C0 in 1", "1");
            await client.ExpectDeliveryAsync(server, "a.0", "7", string.Create(CultureInfo.InvariantCulture, $"S.C0.1.{i}.{i}.T.0"), string.Create(CultureInfo.InvariantCulture, $"{i}"));
            client.Send($"PUB $JS.ACK.S.C0.1.{i}.{i}.1.0 in 0", "");
            await client.ExpectAsync("MSG in 7 0", "");
            server.Time.Advance(TimeSpan.FromSeconds(11));
        }
    }

    private static bool Advance(StreamServer server)
    {
        server.Time.Advance(TimeSpan.FromSeconds(1));
        return true;
    }

    private static long BytesSince(long before) => GC.GetTotalMemory(forceFullCollection: true) - before;

    private static async Task CreateAsync(Dialogue client, int first, int count)
    {
        client.Send("SUB made 8");
        for (int i = first; i < first + count; i++)
        {
            string body = $$$"""{"stream_name":"S","config":{"name":"C{{{i}}}","durable_name":"C{{{i}}}","ack_policy":"explicit","filter_subject":"a.{{{i}}}"}}""";
            client.Send($"PUB $JS.API.CONSUMER.CREATE.S.C{i} made {body.Length}", body);
        }

        for (int i = 0; i < count; i++)
        {
            string line = (await client.ReadLineAsync())!;
            string answer = Encoding.UTF8.GetString(await client.ReadBytesAsync(int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)));
            answer.ShouldNotContain("\"error\"");
        }

        client.Send("UNSUB 8");
    }

    private static async Task UseAsync(Dialogue client, int first, int count)
    {
        client.Send("SUB use 9");
        for (int i = first; i < first + count; i++)
        {
            client.Send($"PUB a.{i} 1", "x", $"PUB $JS.API.CONSUMER.MSG.NEXT.S.C{i} use 1", "1");
            string[] line = (await client.ReadLineAsync())!.Split(' ');
            (await client.ReadLineAsync()).ShouldBe("x");
            client.Send($"PUB {line[3]} use 0", "");
            await client.ExpectAsync("MSG use 9 0", "");
        }
    }
}
