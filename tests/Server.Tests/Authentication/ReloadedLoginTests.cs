using DotNats;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

/// <summary>What a reload of users and accounts means for those who are connected.</summary>
// Each expectation was taken from nats-server 2.15.1.
public sealed class ReloadedLoginTests
{
    private const string Named = "\"user\":\"a\",\"pass\":\"a\"";

    private static readonly UserOptions User = new() { Username = "a", Password = "a" };

    [Fact]
    public async Task Who_came_before_anybody_was_asked_goes_if_it_belongs_to_another_account()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync(Named);
        await ReloadAsync(server, new NatsServerOptions { Accounts = [new AccountOptions { Name = "A", Users = [User] }] });
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task Who_came_before_anybody_was_asked_stays_as_a_user_of_the_same_account()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync(Named);
        await ReloadAsync(server, new NatsServerOptions { Authorization = new AuthorizationOptions { Users = [User] } });
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Once_nobody_is_asked_any_more_users_go_and_who_came_with_a_token_stays(bool token)
    {
        AuthorizationOptions authorization = token ? new AuthorizationOptions { Token = "t" } : new AuthorizationOptions { Users = [User] };
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Authorization = authorization });
        Dialogue client = await server.ConnectAsync(token ? "\"auth_token\":\"t\"" : Named);
        await ReloadAsync(server, new NatsServerOptions());
        if (token) (await client.FenceAsync()).ShouldBeEmpty();
        else await client.ExpectClosedAsync();
    }

    private static Task ReloadAsync(TestServer server, NatsServerOptions options) => server.Server.ReloadAsync(options with { Host = "127.0.0.1", Port = -1 });
}
