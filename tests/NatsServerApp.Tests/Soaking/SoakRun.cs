using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DotNats.Client;
using NatsServerApp.Tests.Processes;

namespace NatsServerApp.Tests.Soaking;

/// <summary>A server whose consumers are used well and badly, and which is ended in order or killed again and again.</summary>
internal sealed partial class SoakRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly string _config;
    private readonly Random _random;
    private readonly SoakedStream[] _streams;
    private readonly SoakedConsumer[] _consumers;
    private bool _wasKilled;

    public SoakRun(string directory, int seed, string settings)
    {
        _random = new Random(seed);
        var log = new SoakedStream("LOG", "", isComplete: true);
        var work = new SoakedStream("WORK", ",\"retention\":\"workqueue\"", isComplete: false);
        _streams = [log, work];
        _consumers =
        [
            new(log, "quick", ",\"ack_wait\":500000000"),
            new(log, "backoff", ",\"backoff\":[200000000,600000000,1000000000]", maxAckPending: 50),
            new(log, "all", ",\"ack_wait\":700000000", acksAll: true),
            new(log, "one", ",\"ack_wait\":600000000", subject: 4),
            new(log, "dead", ",\"ack_wait\":300000000,\"max_deliver\":3,\"metadata\":{\"dotnats.dead_letter\":\"DEAD.letters\"}", maxDeliver: 3, carelessness: 50),
            new(work, "worker", ",\"ack_wait\":500000000"),
        ];
        _config = Path.Combine(directory, "server.conf");
        File.WriteAllText(_config, $"listen: \"127.0.0.1:-1\"\njetstream {{ store_dir: \"{directory}\" {settings} }}\n");
    }

    /// <summary>Messages that were acknowledged by the server.</summary>
    public ulong Published => _streams.Aggregate(0UL, (sum, stream) => sum + stream.Acknowledged);

    /// <summary>Uses a server for a while and ends it.</summary>
    /// <exception cref="InvalidOperationException">It broke a promise.</exception>
    public async Task RoundAsync(TimeSpan length, bool isKilled)
    {
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        await using NatsConnection connection = await ConnectAsync(server);
        await PrepareAsync(connection);
        await using var session = new SoakSession(connection, _random, _streams, _consumers);
        // What was forgotten or missed is settled now and then, so that everything can be counted again.
        if (_wasKilled && _random.Next(2) == 0) await session.SettleAsync(Limit);
        using var ending = new CancellationTokenSource();
        Task use = session.RunAsync(ending.Token);
        await UseForAsync(use, length);
        if (isKilled)
        {
            _wasKilled = true;
            await server.KillAsync();
            await UntilGoneAsync(use);
        }
        else
        {
            await ending.CancelAsync();
            await use;
            await session.EndAsync(Limit);
            await server.SignalAsync("TERM");
            await server.EndAsync();
        }

        foreach (SoakedConsumer consumer in _consumers) consumer.OnRestart(isKilled);
    }

    /// <summary>Starts the server a last time, has everything delivered and acknowledged, and looks at what there is then.</summary>
    public async Task EndAsync()
    {
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        await using NatsConnection connection = await ConnectAsync(server);
        await PrepareAsync(connection);
        await using (var session = new SoakSession(connection, _random, _streams, _consumers)) await session.SettleAsync(Limit);
        foreach (SoakedStream stream in _streams)
        {
            JsonElement state = (await AskAsync(connection, $"STREAM.INFO.{stream.Name}", "")).GetProperty("state");
            Require(!stream.IsComplete || state.GetProperty("last_seq").GetUInt64() == stream.Sent, $"{stream.Name} has {state}, and {stream.Sent} messages were published");
            Require(state.GetProperty("messages").GetUInt64() == (stream.IsComplete ? stream.Sent : 0), $"{stream.Name} has {state}");
        }

        foreach (SoakedConsumer consumer in _consumers)
        {
            List<ulong> missed = [.. consumer.Stream.Stored.Where(consumer.IsOwed)];
            Require(missed.Count == 0, $"{consumer.Name} was never given {string.Join(' ', missed.Take(20))}");
        }

        await CheckDeadLettersAsync(connection, _consumers.First(consumer => consumer.Name == "dead"));
    }

    private static async Task UseForAsync(Task use, TimeSpan length)
    {
        try
        {
            await use.WaitAsync(length, Xunit.TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!use.IsCompleted)
        {
            // Long enough.
        }
    }

    private static async Task UntilGoneAsync(Task use)
    {
        try
        {
            await use;
        }
        catch (Exception exception) when (exception is NatsException or TimeoutException or ObjectDisposedException)
        {
            // The server is gone.
        }
    }

    private static Task<NatsConnection> ConnectAsync(RunningServer server) => NatsConnection.ConnectAsync(new NatsConnectionOptions
    {
        Url = $"nats://127.0.0.1:{ListenPort().Match(server.Log).Groups[1].Value}",
        RequestTimeout = TimeSpan.FromSeconds(20),
    });

    private async Task PrepareAsync(NatsConnection connection)
    {
        await AskAsync(connection, "STREAM.CREATE.DEAD", """{"name":"DEAD","subjects":["DEAD.>"],"allow_direct":true}""");
        foreach (SoakedStream stream in _streams) await AskAsync(connection, $"STREAM.CREATE.{stream.Name}", stream.Config);
        foreach (SoakedConsumer consumer in _consumers) await AskAsync(connection, $"CONSUMER.DURABLE.CREATE.{consumer.Stream.Name}.{consumer.Name}", consumer.Config);
    }

    // What was not acknowledged, and is not pending any more, is among the dead letters, and so is what was terminated.
    private static async Task CheckDeadLettersAsync(NatsConnection connection, SoakedConsumer consumer)
    {
        List<ulong> given = [.. consumer.Seen.Where(sequence => (!consumer.IsSettled(sequence) && !consumer.Acknowledged.Contains(sequence)) || consumer.Terminated.Contains(sequence))];
        HashSet<ulong> dead = [];
        List<ulong> lost = given;
        // The last ones may be on their way.
        for (DateTime end = DateTime.UtcNow.AddSeconds(10); lost.Count > 0 && DateTime.UtcNow < end;)
        {
            dead = await ReadDeadLettersAsync(connection);
            lost = given.FindAll(sequence => !dead.Contains(sequence));
        }

        Require(lost.Count == 0, $"not among {dead.Count} dead letters: {string.Join(' ', lost.Take(20))}");
        Require(dead.Count > 0, "no dead letters");
    }

    private static async Task<HashSet<ulong>> ReadDeadLettersAsync(NatsConnection connection)
    {
        var dead = new HashSet<ulong>();
        for (ulong next = 1; ;)
        {
            NatsMessage answer = await connection.RequestAsync("$JS.API.DIRECT.GET.DEAD", string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{next}},"next_by_subj":">"}"""));
            if (answer.Headers is not { Status: 0 } headers) return dead;
            if (!dead.Add(ulong.Parse(headers["Nats-Dead-Letter-Sequence"]!, CultureInfo.InvariantCulture))) throw new InvalidOperationException($"twice among dead letters: {headers}");
            next = ulong.Parse(headers["Nats-Sequence"]!, CultureInfo.InvariantCulture) + 1;
        }
    }

    private static async Task<JsonElement> AskAsync(NatsConnection connection, string subject, string body)
    {
        JsonElement answer = JsonDocument.Parse((await connection.RequestAsync($"$JS.API.{subject}", body)).Payload).RootElement;
        return answer.TryGetProperty("error", out JsonElement error) ? throw new InvalidOperationException($"{subject}: {error}") : answer;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }

    [GeneratedRegex(@"Listening for client connections on 127\.0\.0\.1:(\d+)")]
    private static partial Regex ListenPort();
}
