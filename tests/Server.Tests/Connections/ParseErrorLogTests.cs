using System.Text;
using DotNats;
using DotNats.Server.Monitoring;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Connections;

// Each line was taken from nats-server 2.15.1, after the same bytes in the same pieces.
public sealed class ParseErrorLogTests
{
    [Theory]
    [InlineData("state=0, i=12: proto='\"FOO bar baz \\\"qux\\\" and a very lon\"...'", "PING\r\nPING\r\nFOO bar baz \"qux\" and a very long line that goes beyond thirty two bytes\r\n")]
    [InlineData("state=0, i=0: proto='\"\"...'", "X")]
    [InlineData("state=41, i=14: proto='\"defghijklmnop\\r\\nPING\\r\"...'", "PUB a b 3\r\nabcdefghijklmnop\r\nPING\r\n")]
    [InlineData("state=30, i=0: proto='\"X\\r\"...'", "PU", "X\r\n")]
    [InlineData("state=41, i=2: proto='\"cd\\r\"...'", "PUB a 2\r\n", "abcd\r\n")]
    [InlineData("state=41, i=1: proto='\"cd\\r\"...'", "PING\r\nPUB a 2\r\na", "bcd\r\n")]
    [InlineData("state=35, i=0: proto='\"\"...'", "PI", "N", "Z")]
    public async Task What_cannot_be_read_is_told_with_its_place_in_the_last_read(string expected, params string[] pieces)
    {
        using var log = new RecordedLog();
        await using TestServer server = await TestServer.StartAsync(null, new NatsServerDependencies { LoggerFactory = log });
        Dialogue client = await server.ConnectAsync();
        foreach (string piece in pieces)
        {
            // A piece is read when the connection was active at the time it was sent.
            server.Time.Advance(TimeSpan.FromSeconds(1));
            client.SendBytes(Encoding.ASCII.GetBytes(piece));
            if (piece == pieces[^1]) break;
            await Eventually.HoldsAsync(() => LastActivity(server) == server.Time.GetUtcNow().UtcDateTime, "the piece is read");
        }

        await log.ContainsAsync("Error", $"Client parser ERROR, {expected}");
    }

    private static DateTime? LastActivity(TestServer server) =>
        server.Server.Monitoring.Connz(new ConnzQuery()).Connections?[0].LastActivity;

    [Theory]
    [InlineData("{", "unexpected end of JSON input")]
    [InlineData("{\"user\":5}", "json: cannot unmarshal number into Go struct field ClientOpts.user of type string")]
    public async Task A_CONNECT_that_cannot_be_read_is_told_in_Gos_words(string argument, string expected)
    {
        using var log = new RecordedLog();
        await using TestServer server = await TestServer.StartAsync(null, new NatsServerDependencies { LoggerFactory = log });
        Dialogue client = server.Open();
        client.Send("CONNECT " + argument);
        await client.ExpectClosedAsync();
        await log.ContainsAsync("Error", $" - {expected}");
    }

    [Theory]
    [InlineData("{\"protocol\":2}", "invalid client protocol")]
    [InlineData("{\"no_responders\":true}", "no responders requires headers support")]
    public async Task A_CONNECT_that_asks_for_what_is_not_to_be_had_is_told_as_the_client_is(string argument, string expected)
    {
        using var log = new RecordedLog();
        await using TestServer server = await TestServer.StartAsync(null, new NatsServerDependencies { LoggerFactory = log });
        Dialogue client = server.Open();
        client.Send("CONNECT " + argument);
        await client.ExpectClosedAsync($"-ERR '{expected}'");
        await log.ContainsAsync("Error", $" - {expected}");
    }
}
