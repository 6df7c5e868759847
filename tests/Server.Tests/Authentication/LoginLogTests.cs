using DotNats;
using Microsoft.Extensions.Logging;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

// Each expectation was taken from nats-server 2.15.1.
public sealed class LoginLogTests
{
    private static readonly AuthorizationOptions Users = new() { Users = [new UserOptions { Username = "a", Password = "p" }] };

    [Theory]
    [InlineData(LogLevel.Trace)]
    [InlineData(LogLevel.Error)]
    public async Task A_client_is_called_what_it_calls_itself_once_it_has_logged_in(LogLevel least)
    {
        using var log = new RecordedLog { Least = least };
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Authorization = Users }, new NatsServerDependencies { LoggerFactory = log });
        Dialogue thief = server.Open();
        await thief.ReadInfoAsync();
        thief.Send("""CONNECT {"user":"alice","pass":"x","name":"n"}""");
        await thief.ExpectClosedAsync("-ERR 'Authorization Violation'");
        Dialogue client = await server.ConnectAsync("\"user\":\"a\",\"pass\":\"p\",\"name\":\"n\"");
        client.Send("SUB a b c d");
        await client.ExpectClosedAsync();
        await log.ContainsAsync("Error", "processSub");
        log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).Select(line => line[(line.IndexOf("cid:", StringComparison.Ordinal) + 4)..]).ShouldBe(
            ["5 - authentication error - User \"alice\"", "6 - \"n\" - \"$G/user:a\" - processSub Parse Error: \"a b c d\""]);
    }
}
