using NATS.Client.Core;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: pings, restarts, lame duck.</summary>
public sealed class NatsNetLifecycleTests
{
    [Fact]
    public async Task Round_trip_time_is_measured()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        (await nats.PingAsync()).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task Server_pings_are_answered()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.QuickPings, "-V");
        await using NatsConnection nats = await ConnectAsync(server);
        await Eventually.HoldsAsync(() => server.Log.Count(line => line.EndsWith("<<- [PONG]", StringComparison.Ordinal)) > 5, "five answered pings");
        nats.ConnectionState.ShouldBe(NatsConnectionState.Open);
    }

    [Fact]
    public async Task Client_reconnects_and_subscribes_again_after_a_restart()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<string> sub = await nats.SubscribeNowAsync<string>("r");
        await nats.PublishAsync("r", "before");
        await sub.ShouldGetAsync("before");

        TaskCompletionSource reopened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        nats.ConnectionOpened += (_, _) =>
        {
            reopened.TrySetResult();
            return ValueTask.CompletedTask;
        };
        await server.RestartAsync();
        await reopened.Task.WaitAsync(Eventually.Limit);
        await nats.PingAsync();
        await nats.PublishAsync("r", "after");
        await sub.ShouldGetAsync("after");
    }

    [Fact]
    public async Task Lame_duck_mode_is_announced_before_the_close()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.LameDuck);
        await using NatsConnection nats = await ConnectAsync(server);
        TaskCompletionSource announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
        nats.LameDuckModeActivated += (_, _) =>
        {
            announced.TrySetResult();
            return ValueTask.CompletedTask;
        };
        server.EnterLameDuckMode();
        await announced.Task.WaitAsync(Eventually.Limit);
        nats.ServerInfo!.LameDuckMode.ShouldBeTrue();
        await nats.PingAsync();
    }

    [Fact]
    public async Task Connection_limit_refuses_one_more()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.TwoConnections);
        await using NatsConnection first = await ConnectAsync(server);
        await using NatsConnection second = await ConnectAsync(server);
        await Should.ThrowAsync<NatsException>(() => ConnectAsync(server));
        await first.DisposeAsync();
        await Eventually.HoldsAsync(CanConnectAsync, "the place is free again");

        async Task<bool> CanConnectAsync()
        {
            try
            {
                await using NatsConnection third = await ConnectAsync(server);
                return true;
            }
            catch (NatsException)
            {
                return false;
            }
        }
    }
}
