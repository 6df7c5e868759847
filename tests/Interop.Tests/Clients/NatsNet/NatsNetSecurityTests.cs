using NATS.Client.Core;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: logging in, permissions, TLS.</summary>
public sealed class NatsNetSecurityTests
{
    private static readonly NatsAuthOpts Alice = new() { Username = "alice", Password = "s3cret" };

    [Fact]
    public Task User_and_password_log_in() => ShouldWorkAsync(ScenarioCatalog.OnePassword, Alice);

    [Fact]
    public Task Bcrypted_password_logs_in() => ShouldWorkAsync(ScenarioCatalog.Bcrypt, Alice);

    [Fact]
    public Task Wrong_password_is_refused() => ShouldBeRefusedAsync(ScenarioCatalog.OnePassword, Alice with { Password = "wrong" });

    [Fact]
    public Task Missing_credentials_are_refused() => ShouldBeRefusedAsync(ScenarioCatalog.OnePassword, new NatsAuthOpts());

    [Fact]
    public Task Token_logs_in() => ShouldWorkAsync(ScenarioCatalog.Token, new NatsAuthOpts { Token = "t0ken" });

    [Fact]
    public Task Wrong_token_is_refused() => ShouldBeRefusedAsync(ScenarioCatalog.Token, new NatsAuthOpts { Token = "other" });

    [Fact]
    public Task NKey_logs_in() =>
        ShouldWorkAsync(ScenarioCatalog.NKey, new NatsAuthOpts { NKey = ScenarioCatalog.UserKey, Seed = ScenarioCatalog.UserSeed });

    [Fact]
    public Task NKey_with_a_strangers_signature_is_refused() =>
        ShouldBeRefusedAsync(ScenarioCatalog.NKey, new NatsAuthOpts { NKey = ScenarioCatalog.UserKey, Seed = ScenarioCatalog.StrangerSeed });

    [Fact]
    public async Task Publish_permission_is_reported_and_connection_stays()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.Permissions);
        await using NatsConnection nats = await ConnectAsync(OptionsFor(server) with { AuthOpts = Alice });
        Task<string> error = NextServerErrorAsync(nats);
        await nats.PublishAsync("secret.x", "x");
        (await error.WaitAsync(Eventually.Limit)).ShouldBe("Permissions Violation for Publish to \"secret.x\"");
        await ShouldWorkAsync(nats, "open.x");
    }

    [Fact]
    public async Task Subscribe_permission_is_reported_and_connection_stays()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.Permissions);
        await using NatsConnection nats = await ConnectAsync(OptionsFor(server) with { AuthOpts = Alice });
        Task<string> error = NextServerErrorAsync(nats);
        await using INatsSub<string> sub = await nats.SubscribeCoreAsync<string>("secret.>");
        (await error.WaitAsync(Eventually.Limit)).ShouldBe("Permissions Violation for Subscription to \"secret.>\"");
        await ShouldWorkAsync(nats, "open.x");
    }

    [Fact]
    public async Task Responder_may_answer_but_not_publish()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.Responses);
        await using NatsConnection service = await ConnectAsync(OptionsFor(server) with { AuthOpts = Alice with { Username = "service" } });
        await using NatsConnection caller = await ConnectAsync(OptionsFor(server) with { AuthOpts = Alice with { Username = "caller" } });
        await service.RespondAsync("svc", _ => "answer");
        (await caller.RequestAsync<string, string>("svc", "")).Data.ShouldBe("answer");
        Task<string> error = NextServerErrorAsync(service);
        await service.PublishAsync("anything", "x");
        (await error.WaitAsync(Eventually.Limit)).ShouldContain("Publish to \"anything\"");
    }

    [Fact]
    public async Task Tls_client_is_served()
    {
        await using ServerProcess server = await StartWithCertificatesAsync(ScenarioCatalog.Tls);
        await using NatsConnection nats = await ConnectAsync(OptionsFor(server) with { TlsOpts = Trusting(server) });
        nats.ServerInfo!.TlsRequired.ShouldBeTrue();
        await ShouldWorkAsync(nats, "works");
    }

    [Fact]
    public async Task Tls_client_certificate_is_demanded()
    {
        await using ServerProcess server = await StartWithCertificatesAsync(ScenarioCatalog.TlsVerify);
        NatsTlsOpts trusting = Trusting(server);
        await Should.ThrowAsync<NatsException>(() => ConnectAsync(OptionsFor(server) with { TlsOpts = trusting }));
        NatsTlsOpts presenting = trusting with
        {
            CertFile = Path.Combine(server.DirectoryPath, "client.pem"),
            KeyFile = Path.Combine(server.DirectoryPath, "client.key"),
        };
        await using NatsConnection nats = await ConnectAsync(OptionsFor(server) with { TlsOpts = presenting });
        await ShouldWorkAsync(nats, "works");
    }

    [Fact]
    public async Task Tls_handshake_may_come_first()
    {
        await using ServerProcess server = await StartWithCertificatesAsync(ScenarioCatalog.TlsFirst);
        await using NatsConnection nats = await ConnectAsync(OptionsFor(server) with { TlsOpts = Trusting(server) with { Mode = TlsMode.Implicit } });
        await ShouldWorkAsync(nats, "works");
    }

    private static Task<ServerProcess> StartWithCertificatesAsync(string config) =>
        ServerProcess.StartAsync(new ServerSetup { Config = config, Certificates = true });

    private static NatsTlsOpts Trusting(ServerProcess server) => new() { CaFile = Path.Combine(server.DirectoryPath, "ca.pem") };

    private static Task<string> NextServerErrorAsync(NatsConnection nats)
    {
        TaskCompletionSource<string> error = new(TaskCreationOptions.RunContinuationsAsynchronously);
        nats.ServerError += (_, args) =>
        {
            error.TrySetResult(args.Error);
            return ValueTask.CompletedTask;
        };
        return error.Task;
    }

    private static async Task ShouldWorkAsync(string config, NatsAuthOpts credentials)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(config);
        await using NatsConnection nats = await ConnectAsync(OptionsFor(server) with { AuthOpts = credentials });
        await ShouldWorkAsync(nats, "works");
    }

    private static async Task ShouldWorkAsync(NatsConnection nats, string subject)
    {
        await using INatsSub<string> sub = await nats.SubscribeNowAsync<string>(subject);
        await nats.PublishAsync(subject, "yes");
        await sub.ShouldGetAsync("yes");
    }

    private static async Task ShouldBeRefusedAsync(string config, NatsAuthOpts credentials)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(config);
        NatsException refusal = await Should.ThrowAsync<NatsException>(() => ConnectAsync(OptionsFor(server) with { AuthOpts = credentials }));
        refusal.InnerException.ShouldBeOfType<NatsServerException>().IsAuthError.ShouldBeTrue();
    }
}
