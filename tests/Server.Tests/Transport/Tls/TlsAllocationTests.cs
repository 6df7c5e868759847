using System.Net.Security;
using DotNats;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport.Tls;

/// <summary>What a message over TLS leaves behind for the garbage collector.</summary>
[Collection(nameof(TlsAllocationTests))]
[CollectionDefinition(nameof(TlsAllocationTests), DisableParallelization = true)]
public sealed class TlsAllocationTests
{
    private const int Rounds = 2000;

    // Client and server share the process, and the thread pool keeps a little for itself: a buffer or a task per read would be far beyond.
    private const int MostBytesARound = 40;

    [Fact]
    public async Task Reads_and_writes_allocate_nothing()
    {
        using TestAuthority authority = new();
        await using TransportServer server = await TransportServer.StartAsync(new NatsServerOptions
        {
            Tls = new TlsOptions { Certificates = [authority.ServerFiles()], Timeout = TimeSpan.FromMinutes(10) },
        });
        await using Stream socket = await server.OpenSocketAsync();
        await TransportServer.ReadLineAsync(socket);
        await using SslStream client = await TransportServer.ShakeHandsAsync(socket);
        await client.WriteAsync("CONNECT {\"verbose\":false}\r\nSUB a 1\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] publish = "PUB a 5\r\nhello\r\n"u8.ToArray();
        byte[] buffer = new byte[1024];
        await RunAsync(client, publish, buffer);

        // The runtime allocates now and then while it still compiles; a read that allocated would do so each time.
        long least = long.MaxValue;
        for (int run = 0; run < 5 && least / Rounds >= MostBytesARound; run++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await RunAsync(client, publish, buffer);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        (least / Rounds).ShouldBeLessThan(MostBytesARound);
    }

    private static async Task RunAsync(SslStream client, byte[] publish, byte[] buffer)
    {
        for (int i = 0; i < Rounds; i++)
        {
            await client.WriteAsync(publish, CancellationToken.None);
            int awaited = "MSG a 1 5\r\nhello\r\n".Length;
            while (awaited > 0) awaited -= await client.ReadAsync(buffer, CancellationToken.None);
        }
    }
}
