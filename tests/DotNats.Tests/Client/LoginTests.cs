using DotNats.Client;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Client;

public sealed class LoginTests
{
    [Fact]
    public async Task Users_log_in_with_their_password()
    {
        var options = new AuthorizationOptions { Users = [new UserOptions { Username = "ada", Password = "s3cr=t:@" }] };
        await using NatsServer server = await StartAsync(options);
        await using NatsConnection nats = await ConnectAsync(server, NatsCredentials.UserPassword("ada", "s3cr=t:@"));
        await using NatsConnection byUrl = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = $"nats://ada:s3cr%3Dt%3A%40@{server.ClientEndPoint}" });

        nats.ServerInfo.AuthRequired.ShouldBeTrue();
        byUrl.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_wrong_password_is_told_in_the_servers_words()
    {
        var options = new AuthorizationOptions { Users = [new UserOptions { Username = "ada", Password = "right" }] };
        await using NatsServer server = await StartAsync(options);

        var refusal = await Should.ThrowAsync<NatsServerException>(ConnectAsync(server, NatsCredentials.UserPassword("ada", "wrong")));
        refusal.Message.ShouldBe("Authorization Violation");
    }

    [Fact]
    public async Task Tokens_open_the_door()
    {
        await using NatsServer server = await StartAsync(new AuthorizationOptions { Token = "sesame" });
        await using NatsConnection nats = await ConnectAsync(server, NatsCredentials.Token("sesame"));
        await using NatsConnection byUrl = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = $"nats://sesame@{server.ClientEndPoint}" });

        nats.IsConnected.ShouldBeTrue();
        byUrl.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task Nkeys_sign_the_nonce()
    {
        using NKey key = NKey.Create(NKeyKind.User), stranger = NKey.Create(NKeyKind.User);
        await using NatsServer server = await StartAsync(new AuthorizationOptions { Users = [new UserOptions { NKey = key.PublicKey }] });
        await using NatsConnection nats = await ConnectAsync(server, NatsCredentials.NKey(key));

        nats.IsConnected.ShouldBeTrue();
        await Should.ThrowAsync<NatsServerException>(ConnectAsync(server, NatsCredentials.NKey(stranger)));
    }

    [Fact]
    public void Nothing_prints_its_secrets()
    {
        using NKey key = NKey.Create(NKeyKind.User);

        NatsCredentials.UserPassword("ada", "hidden").ToString().ShouldBe("user ada");
        NatsCredentials.Token("hidden").ToString().ShouldBe("token");
        NatsCredentials.NKey(key).ToString().ShouldBe($"nkey {key.PublicKey}");
        new NatsConnectionOptions { Url = "nats://ada:hidden@example.com:4333" }.ToString().ShouldBe("example.com:4333");
    }

    private static Task<NatsServer> StartAsync(AuthorizationOptions authorization) =>
        NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0, Authorization = authorization });

    private static Task<NatsConnection> ConnectAsync(NatsServer server, NatsCredentials credentials) =>
        NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl, Credentials = credentials });
}
