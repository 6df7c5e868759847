using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class UnreadableTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "dotnats-unread-" + Guid.NewGuid().ToString("N"));

    [Fact]
    public async Task A_pending_message_that_is_damaged_stays_pending_and_is_told_of_with_its_place()
    {
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["a"]}""");
            await client.AskAsync("$JS.API.CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"name":"C","durable_name":"C","ack_policy":"explicit","ack_wait":1000000000}}""");
            await client.StoreAsync(server, "S", "a first-one", "a second", "a third-one", "a fourth");
            client.Send("SUB in 1", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "2");
            await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.1.1.T.3", "first-one");
            await client.ExpectDeliveryAsync(server, "a", "1", "S.C.1.2.2.T.2", "second");
        }

        string block = Directory.GetFiles(_directory, "*.blk", SearchOption.AllDirectories).ShouldHaveSingleItem();
        byte[] bytes = await File.ReadAllBytesAsync(block, TestContext.Current.CancellationToken);
        // A single bit would be turned back.
        bytes.AsSpan(bytes.AsSpan().IndexOf("first-one"u8), "first-one".Length).Fill(0xFF);
        await File.WriteAllBytesAsync(block, bytes, TestContext.Current.CancellationToken);
        await using (StreamServer server = await StreamServer.StartAsync(directory: _directory))
        {
            Dialogue client = await server.ConnectPingedAsync();
            LiveConsumer consumer = server.Stream("S").Consumers.Find("C")!;
            client.Send("SUB in 1", "SUB $JS.EVENT.ADVISORY.> 2", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "9");
            List<string> lines = [];
            server.Time.Advance(TimeSpan.FromSeconds(1.1));
            await Eventually.HoldsAsync(
                async () =>
                {
                    lines.AddRange(await client.FenceAsync());
                    return lines.Contains("fourth") && lines.Contains("second");
                },
                "what can be read is delivered");
            string told = string.Join('\n', lines);
            told.ShouldContain("\"stream_seq\":1,\"pending\":true,\"place\":");
            told.ShouldContain(".blk");
            server.Log.Lines.ShouldContain(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("'$G > S > C' cannot read message 1,", StringComparison.Ordinal));
            ConsumerSnapshot snapshot = await consumer.DescribeAsync();
            (snapshot.AckPending, snapshot.Pending).ShouldBe((4, 0ul));
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
