using System.Text.RegularExpressions;
using DotNats.Client;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Processes;

/// <summary>A new version of a service gets a share of the requests, then some are lost on purpose: by reload, while everybody stays connected.</summary>
public sealed partial class CanaryTests : IDisposable
{
    private const int Requests = 100_000;
    private const int AtOnce = 500;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nats-server-test-");

    private string Config => Path.Combine(_directory.FullName, "server.conf");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Shares_follow_the_reload_and_nobody_is_disconnected()
    {
        Configure("");
        using RunningServer server = await RunningServer.StartAsync("-c", Config);
        NatsConnectionOptions options = new() { Url = $"nats://127.0.0.1:{ListenPort().Match(server.Log).Groups[1].Value}" };
        await using NatsConnection services = await NatsConnection.ConnectAsync(options, TestContext.Current.CancellationToken);
        await using NatsConnection client = await NatsConnection.ConnectAsync(options, TestContext.Current.CancellationToken);
        List<Exception> errors = [];
        client.ErrorOccurred += (_, error) => errors.Add(new InvalidOperationException(error.ToString()));
        await using NatsSubscription old = Serve(services, "orders", "v1");
        await using NatsSubscription fresh = Serve(services, "canary", "v2");
        await services.FlushAsync(TestContext.Current.CancellationToken);

        (await RequestAsync(client, 1000)).ShouldBe(new Answers(1000, 0, 0));

        await ReloadAsync(server, "{ destination: canary, weight: 10% }");
        Answers moved = await RequestAsync(client, Requests);
        moved.Lost.ShouldBe(0);
        moved.Fresh.ShouldBeInRange(Requests / 100 * 9, Requests / 100 * 11);

        // Named beside the canary, the source gets its own share only: the rest is lost.
        await ReloadAsync(server, "{ destination: canary, weight: 10% }, { destination: orders, weight: 85% }");
        Answers lossy = await RequestAsync(client, Requests);
        lossy.Fresh.ShouldBeInRange(Requests / 100 * 9, Requests / 100 * 11);
        lossy.Lost.ShouldBeInRange(Requests / 100 * 4, Requests / 100 * 6);

        (services.IsConnected, client.IsConnected).ShouldBe((true, true));
        errors.ShouldBeEmpty();
        server.Log.ShouldNotContain("connection closed");
    }

    private async Task ReloadAsync(RunningServer server, string destinations)
    {
        const string Done = "Reloaded server configuration";
        int before = server.Log.Split(Done).Length;
        Configure($"mappings: {{ orders: [ {destinations} ] }}\n");
        await server.SignalAsync("HUP");
        await server.WaitForAsync(log => log.Split(Done).Length > before);
    }

    private void Configure(string text) => File.WriteAllText(Config, "listen: \"127.0.0.1:-1\"\ndebug: true\n" + text);

    private static NatsSubscription Serve(NatsConnection connection, string subject, string version)
    {
        NatsSubscription subscription = connection.Subscribe(subject);
        _ = AnswerAsync();
        return subscription;

        async Task AnswerAsync()
        {
            await foreach (NatsMessage request in subscription) await request.RespondAsync(version);
        }
    }

    private static async Task<Answers> RequestAsync(NatsConnection client, int count)
    {
        int old = 0, fresh = 0, lost = 0, next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => AskAsync()));
        return new Answers(old, fresh, lost);

        async Task AskAsync()
        {
            for (int number = Interlocked.Increment(ref next); number <= count; number = Interlocked.Increment(ref next))
            {
                try
                {
                    NatsMessage answer = await client.RequestAsync("orders", "x", TimeSpan.FromSeconds(30));
                    if (answer.Text == "v2") Interlocked.Increment(ref fresh);
                    else Interlocked.Increment(ref old);
                }
                catch (NatsNoRespondersException)
                {
                    Interlocked.Increment(ref lost);
                }
            }
        }
    }

    [GeneratedRegex(@"Listening for client connections on 127\.0\.0\.1:(\d+)")]
    private static partial Regex ListenPort();

    private readonly record struct Answers(int Old, int Fresh, int Lost);
}
