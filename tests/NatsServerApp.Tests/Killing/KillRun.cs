using System.Globalization;
using System.Text.RegularExpressions;
using DotNats.Client;
using NatsServerApp.Tests.Processes;

namespace NatsServerApp.Tests.Killing;

/// <summary>One store whose server is killed again and again.</summary>
internal sealed partial class KillRun
{
    // Messages that one direct request reads.
    private const int ReadAtOnce = 500;

    private readonly string _config;
    private readonly Random _random;
    private readonly KilledStream[] _streams;
    private readonly int _publishers;

    /// <param name="plainStreams">So many streams of one kind, with one publisher each; 0 for one stream of each kind, with many.</param>
    public KillRun(string directory, int seed, string settings, int plainStreams = 0)
    {
        _random = new Random(seed);
        _streams = plainStreams > 0 ? [.. Enumerable.Range(0, plainStreams).Select(number => new KilledStream($"plain{number}", ""))] : OneOfEachKind();
        _publishers = plainStreams > 0 ? 1 : 24;
        _config = Path.Combine(directory, "server.conf");
        File.WriteAllText(_config, $"listen: \"127.0.0.1:-1\"\njetstream {{ store_dir: \"{directory}\" {settings} }}\n");
    }

    /// <summary>Messages acknowledged so far.</summary>
    public int Acknowledged => _streams.Sum(stream => stream.Acknowledged);

    /// <summary>Starts the server, checks what earlier rounds were told, puts it under load and kills it.</summary>
    /// <exception cref="InvalidOperationException">Something acknowledged is not there.</exception>
    public async Task KillAsync()
    {
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        await using NatsConnection connection = await ConnectAsync(server);
        await CheckAsync(connection);
        Task load = new KillLoad(connection, _streams, _publishers, _random.Next()).RunAsync();
        // The moment is what a round is about.
        int enough = Acknowledged + _random.Next(50, 4000);
        while (Acknowledged < enough) await connection.PingAsync();
        await server.KillAsync();
        await load;
    }

    /// <summary>Starts the server a last time and checks.</summary>
    public async Task EndAsync()
    {
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        await using NatsConnection connection = await ConnectAsync(server);
        await CheckAsync(connection);
    }

    private static KilledStream[] OneOfEachKind() =>
    [
        new("plain", ""),
        new("packed", ",\"compression\":\"s2\""),
        new("last", ",\"max_msgs_per_subject\":1", mostOfSubject: 1),
        new("few", ",\"max_msgs\":300", mostMessages: 300),
        new("batch", ",\"allow_atomic\":true", isBatched: true),
    ];

    private static Task<NatsConnection> ConnectAsync(RunningServer server) => NatsConnection.ConnectAsync(new NatsConnectionOptions
    {
        Url = $"nats://127.0.0.1:{ListenPort().Match(server.Log).Groups[1].Value}",
        RequestTimeout = TimeSpan.FromSeconds(20),
    });

    private async Task CheckAsync(NatsConnection connection)
    {
        List<string> errors = [];
        foreach (KilledStream stream in _streams)
        {
            NatsMessage answer = await connection.RequestAsync($"$JS.API.STREAM.CREATE.{stream.Name}", stream.Config);
            if (answer.Text.Contains("\"error\"", StringComparison.Ordinal)) errors.Add($"{stream.Name}: {answer.Text}");
            else errors.AddRange(stream.Check(await ReadAsync(connection, stream)));
        }

        if (errors.Count > 0) throw new InvalidOperationException($"{errors.Count} broken promises:\n{string.Join('\n', errors.Take(20))}");
    }

    private static async Task<SortedDictionary<ulong, Stored>> ReadAsync(NatsConnection connection, KilledStream stream)
    {
        var found = new SortedDictionary<ulong, Stored>();
        string inbox = connection.NewInbox();
        await using NatsSubscription answers = connection.Subscribe(inbox);
        ulong next = stream.Checked + 1;
        while (true)
        {
            string request = string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{next}},"batch":{{ReadAtOnce}}}""");
            await connection.PublishAsync($"$JS.API.DIRECT.GET.{stream.Name}", request, inbox);
            NatsMessage answer = await answers.ReadAsync();
            for (; answer.Headers?.Status == 0; answer = await answers.ReadAsync())
            {
                ulong sequence = ulong.Parse(answer.Headers["Nats-Sequence"]!, CultureInfo.InvariantCulture);
                found[sequence] = new Stored(answer.Headers["Nats-Subject"]!, answer.Text);
                next = sequence + 1;
            }

            if (answer.Headers is not { Status: 204 } || answer.Headers["Nats-Num-Pending"] == "0") return found;
        }
    }

    [GeneratedRegex(@"Listening for client connections on 127\.0\.0\.1:(\d+)")]
    private static partial Regex ListenPort();
}
