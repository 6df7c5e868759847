using DotNats;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Connections;

public sealed class PingMonitorTests
{
    [Fact]
    public async Task The_first_ping_comes_within_two_and_a_half_seconds()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        server.Time.Advance(TimeSpan.FromSeconds(2.5));
        await client.ExpectAsync("PING");
    }

    [Fact]
    public async Task Unanswered_pings_make_a_connection_stale()
    {
        var timing = new TimingOptions { PingInterval = TimeSpan.FromSeconds(1), MaxPingsOut = 2 };
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Timing = timing });
        Dialogue client = await server.ConnectAsync();
        server.Time.Advance(TimeSpan.FromSeconds(1.3));
        await client.ExpectAsync("PING");
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectAsync("PING");
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectClosedAsync("-ERR 'Stale Connection'");
    }

    [Fact]
    public async Task A_client_that_does_not_say_who_it_is_runs_out_of_time()
    {
        var authorization = new AuthorizationOptions { Username = "u", Password = "p", Timeout = TimeSpan.FromSeconds(1) };
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Authorization = authorization });
        Dialogue client = server.Open();
        await client.ReadInfoAsync();
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectClosedAsync("-ERR 'Authentication Timeout'");
    }
}
