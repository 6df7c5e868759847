using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

/// <summary>Alone in the process: what it counts belongs to everybody.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>A server leaves nothing behind in its host.</summary>
public abstract class LeakTests(SocketTransport transport)
{
    private const int Cycles = 100;

    [Fact]
    public async Task A_hundred_servers_leave_no_thread_handle_or_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "counts in /proc");
        // Twice, so that what is made once for the process is there before counting.
        for (int i = 0; i < 2; i++) await RunOnceAsync();
        int handles = CountHandles();
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        var servers = new List<WeakReference>();
        for (int i = 0; i < Cycles; i++) servers.Add(await RunOnceAsync());

        await Eventually.HoldsAsync(() => CountLoops() == 0, "no loop thread left");
        await Eventually.HoldsAsync(() => CountHandles() <= handles, $"{handles} handles again");
        await Eventually.HoldsAsync(() => CollectAndCountAlive(servers) == 0, "every server collected");
        (GC.GetTotalMemory(forceFullCollection: true) - memory).ShouldBeLessThan(4 * 1024 * 1024);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "counts in /proc");
        await using NatsServer server = await transport.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        var options = new NatsServerOptions { Host = "127.0.0.1", Port = server.ClientEndPoint.Port };
        await Should.ThrowAsync<ServerStartException>(transport.StartAsync(options));
        (int handles, int loops) = (CountHandles(), CountLoops());
        for (int i = 0; i < 20; i++) await Should.ThrowAsync<ServerStartException>(transport.StartAsync(options));

        CountLoops().ShouldBe(loops);
        await Eventually.HoldsAsync(() => CountHandles() <= handles, $"{handles} handles again");
    }

    // Clients of every kind: closed by themselves, closed by the server, in the middle of a message.
    private async Task<WeakReference> RunOnceAsync()
    {
        NatsServer server = await transport.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        using RawClient closedByServer = await RawClient.ConnectAsync(server.ClientEndPoint), inTheMiddle = await RawClient.ConnectAsync(server.ClientEndPoint);
        inTheMiddle.Send("SUB a 1\r\nPUB b 100\r\nhalf");
        using (RawClient closedByItself = await RawClient.ConnectAsync(server.ClientEndPoint)) closedByItself.Send("SUB a 1\r\nPUB a 5\r\nhello\r\n");
        NatsConnection inProcess = await NatsConnection.ConnectAsync(server.ConnectInProcess());
        NatsSubscription subscription = inProcess.Subscribe("a");
        await inProcess.PublishAsync("a", "hello");
        await subscription.NextAsync();
        Stream neverRead = server.ConnectInProcess();
        await server.DisposeAsync();
        await Eventually.ComesAsync(inProcess.Completion);
        await inProcess.DisposeAsync();
        await neverRead.DisposeAsync();
        return new WeakReference(server);
    }

    // Sockets, epoll sets and event counters; files are left out, since the runtime opens assemblies when it first needs them.
    private static int CountHandles() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(IsOfServer);

    private static bool IsOfServer(string descriptor)
    {
        try
        {
            string? target = File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name;
            return target is not null && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // Closed while it was being looked at.
            return false;
        }
    }

    private static int CountLoops() => Directory.EnumerateDirectories("/proc/self/task").Count(task => NameOf(task).StartsWith("nats-loop", StringComparison.Ordinal));

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            // Ended while it was being looked at.
            return "";
        }
    }

    private static int CollectAndCountAlive(List<WeakReference> servers)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return servers.Count(server => server.IsAlive);
    }
}

[Collection("Alone")]
public sealed class LeakTestsOverLoops() : LeakTests(SocketTransport.Loops);

[Collection("Alone")]
public sealed class LeakTestsOverStreams() : LeakTests(SocketTransport.Streams);
