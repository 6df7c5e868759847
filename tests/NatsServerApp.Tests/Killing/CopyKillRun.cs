using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DotNats.Client;
using NatsServerApp.Tests.Processes;

namespace NatsServerApp.Tests.Killing;

/// <summary>A server whose streams copy each other is killed again and again: two origins, a mirror of one, and a stream that has both for sources and lets its messages go.</summary>
internal sealed partial class CopyKillRun
{
    private const int ReadAtOnce = 500;
    private const int Publishers = 8;

    private static readonly string[] Configs =
    [
        """{"name":"A","subjects":["A.>"],"allow_direct":true}""",
        """{"name":"B","subjects":["B.>"],"allow_direct":true}""",
        """{"name":"M","mirror":{"name":"A"},"allow_direct":true}""",
        """{"name":"S","subjects":["own"],"sources":[{"name":"A"},{"name":"B"}],"allow_direct":true}""",
    ];

    private readonly string _config;
    private readonly Random _random;

    // What origins acknowledged, by stream and sequence.
    private readonly ConcurrentDictionary<(string Stream, ulong Sequence), string> _acknowledged = new();

    // What of it was copied, and as which message: surely, since something behind it was acknowledged.
    private readonly Dictionary<(string Stream, ulong Sequence), ulong> _copied = [];

    public CopyKillRun(string directory, int seed)
    {
        _random = new Random(seed);
        _config = Path.Combine(directory, "server.conf");
        File.WriteAllText(_config, $"listen: \"127.0.0.1:-1\"\njetstream {{ store_dir: \"{directory}\" }}\n");
    }

    public int Acknowledged => _acknowledged.Count;

    public int Copied => _copied.Count;

    /// <summary>Starts the server, puts it under load, lets messages be copied and removed, and kills it.</summary>
    /// <exception cref="InvalidOperationException">Something was copied twice, or lost.</exception>
    public async Task KillAsync()
    {
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        await using NatsConnection connection = await ConnectAsync(server);
        foreach (string config in Configs) await AskAsync(connection, "STREAM.CREATE." + JsonDocument.Parse(config).RootElement.GetProperty("name").GetString(), config);
        Task load = Task.WhenAll(Enumerable.Range(0, Publishers).Select(number => PublishAsync(connection, number % 2 == 0 ? "A" : "B")));
        // The moment is what a round is about.
        int enough = _copied.Count + _random.Next(1, 2000);
        ulong from = 1;
        do from = await CopyAsync(connection, from);
        while (_copied.Count < enough);
        await server.KillAsync();
        await load;
    }

    /// <summary>Starts the server a last time, waits until everything is copied, and compares.</summary>
    public async Task EndAsync()
    {
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        await using NatsConnection connection = await ConnectAsync(server);
        ulong from = 1;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_acknowledged.Keys.Any(origin => !_copied.ContainsKey(origin)))
        {
            if (limit.IsCancellationRequested) throw new InvalidOperationException($"never copied: {string.Join(", ", _acknowledged.Keys.Where(origin => !_copied.ContainsKey(origin)).Take(10))}");
            from = await CopyAsync(connection, from);
        }

        await CheckMirrorAsync(connection, limit.Token);
    }

    private async Task PublishAsync(NatsConnection connection, string stream)
    {
        try
        {
            while (true)
            {
                string payload = Guid.NewGuid().ToString("N");
                NatsMessage answer = await connection.RequestAsync(stream + ".x", payload);
                _acknowledged[(stream, JsonDocument.Parse(answer.Payload).RootElement.GetProperty("seq").GetUInt64())] = payload;
            }
        }
        catch (Exception exception) when (exception is NatsException or TimeoutException or ObjectDisposedException)
        {
            // The server is gone.
        }
    }

    // Reads what was copied since, makes sure that it is there to stay, and removes it: all of it, or all but the last.
    private async Task<ulong> CopyAsync(NatsConnection connection, ulong from)
    {
        List<NatsMessage> found = await ReadAsync(connection, "S", from);
        await connection.RequestAsync("own", "");
        foreach (NatsMessage message in found)
        {
            if (message.Headers!["Nats-Stream-Source"] is not { } source) continue;
            string[] fields = source.Split(' ');
            (string, ulong) origin = (fields[0], ulong.Parse(fields[1], CultureInfo.InvariantCulture));
            ulong sequence = SequenceOf(message);
            if (!_copied.TryAdd(origin, sequence) && _copied[origin] != sequence)
                throw new InvalidOperationException($"{origin} was copied as {_copied[origin]} and as {sequence}");
            if (_acknowledged.TryGetValue(origin, out string? payload) && payload != message.Text)
                throw new InvalidOperationException($"{origin} was published as {payload} and copied as {message.Text}");
        }

        if (found.Count == 0) return from;
        ulong read = SequenceOf(found[^1]);
        await AskAsync(connection, "STREAM.PURGE.S", string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{read + (ulong)_random.Next(2)}}}"""));
        return read + 1;
    }

    private async Task CheckMirrorAsync(NatsConnection connection, CancellationToken limit)
    {
        List<NatsMessage> origin = await ReadAsync(connection, "A", 1), mirror = [];
        while (mirror.Count < origin.Count)
        {
            if (limit.IsCancellationRequested) throw new InvalidOperationException($"the mirror has {mirror.Count} of {origin.Count} messages");
            mirror.AddRange(await ReadAsync(connection, "M", mirror.Count == 0 ? 1 : SequenceOf(mirror[^1]) + 1));
        }

        foreach ((NatsMessage one, NatsMessage other) in origin.Zip(mirror))
        {
            if (SequenceOf(one) != SequenceOf(other) || one.Text != other.Text) throw new InvalidOperationException($"A {SequenceOf(one)} is {SequenceOf(other)} in the mirror");
        }
    }

    private static async Task<List<NatsMessage>> ReadAsync(NatsConnection connection, string stream, ulong from)
    {
        List<NatsMessage> found = [];
        await using NatsSubscription answers = connection.Subscribe(connection.NewInbox());
        while (true)
        {
            await connection.PublishAsync($"$JS.API.DIRECT.GET.{stream}", string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{from}},"batch":{{ReadAtOnce}}}"""), answers.Subject);
            NatsMessage answer = await answers.ReadAsync();
            for (; answer.Headers?.Status == 0; answer = await answers.ReadAsync())
            {
                found.Add(answer);
                from = SequenceOf(answer) + 1;
            }

            if (answer.Headers is not { Status: 204 } || answer.Headers["Nats-Num-Pending"] == "0") return found;
        }
    }

    private static ulong SequenceOf(NatsMessage message) => ulong.Parse(message.Headers!["Nats-Sequence"]!, CultureInfo.InvariantCulture);

    private static async Task AskAsync(NatsConnection connection, string request, string body)
    {
        NatsMessage answer = await connection.RequestAsync("$JS.API." + request, body);
        if (answer.Text.Contains("\"error\"", StringComparison.Ordinal)) throw new InvalidOperationException($"{request}: {answer.Text}");
    }

    private static Task<NatsConnection> ConnectAsync(RunningServer server) => NatsConnection.ConnectAsync(new NatsConnectionOptions
    {
        Url = $"nats://127.0.0.1:{ListenPort().Match(server.Log).Groups[1].Value}",
        RequestTimeout = TimeSpan.FromSeconds(20),
    });

    [GeneratedRegex(@"Listening for client connections on 127\.0\.0\.1:(\d+)")]
    private static partial Regex ListenPort();
}
