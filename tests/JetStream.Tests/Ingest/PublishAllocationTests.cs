using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Ingest;

/// <summary>Allocations of the whole process are looked at: nothing else may run.</summary>
[CollectionDefinition(nameof(PublishAllocationTests), DisableParallelization = true)]
public sealed class AloneCollection;

[Collection(nameof(PublishAllocationTests))]
public sealed class PublishAllocationTests
{
    [Fact]
    public async Task Storing_and_acknowledging_allocates_nothing_for_a_message()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"],\"max_msgs\":1000");
        Session publisher = TestSession.Connect(server.Core);
        DeliveryContext context = server.Core.Contexts.Create();
        TestSession.Receive(publisher, context, "SUB in 1\r\n"u8);
        byte[] batch = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("PUB a in 16\r\n0123456789abcdef\r\n", 100)));
        LiveStream stream = server.Stream("S");
        for (int i = 0; i < 300; i++) await PublishAsync(publisher, context, batch, stream);

        long least = long.MaxValue;
        for (int round = 0; round < 5 && least > 0; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < 200; i++) await PublishAsync(publisher, context, batch, stream);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        // 20,000 messages; what the runtime and the waiting in between take is far below a byte for each.
        least.ShouldBeLessThan(20_000);
        stream.Log.State.LastSequence.ShouldBeGreaterThanOrEqualTo(50_000ul);
    }

    private static async Task PublishAsync(Session publisher, DeliveryContext context, byte[] batch, LiveStream stream)
    {
        ulong wanted = stream.Log.State.LastSequence + 100;
        TestSession.Receive(publisher, context, batch);
        SpinWait wait = default;
        while (stream.Log.State.LastSequence < wanted || !stream.Commits.IsEmpty) wait.SpinOnce();
        await Task.CompletedTask;
    }
}
