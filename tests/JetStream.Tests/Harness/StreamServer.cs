using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Transport.Streams;
using DotNats.Storage;
using Microsoft.Extensions.Time.Testing;
using Server.Tests.Harness;

namespace JetStream.Tests.Harness;

/// <summary>A whole server with JetStream in a directory of its own, with a clock the test turns.</summary>
internal sealed class StreamServer : IAsyncDisposable
{
    private readonly List<Dialogue> _clients = [];
    private readonly bool _ownsDirectory;

    private StreamServer(ServerCore core, FakeTimeProvider time, RecordedLog log, string directory, bool ownsDirectory)
    {
        (Core, Time, Log, Directory) = (core, time, log, directory);
        _ownsDirectory = ownsDirectory;
    }

    public ServerCore Core { get; }

    public FakeTimeProvider Time { get; }

    public RecordedLog Log { get; }

    public string Directory { get; }

    public JetStreamService Service => (JetStreamService)Core.JetStream!;

    public JetStreamAccount Streams => Service.Find(Core.Accounts.Global)!;

    /// <param name="directory">One that was used before; null for a new one, deleted at the end.</param>
    /// <param name="files">What the store keeps its files in; null for the machine's.</param>
    /// <param name="beforeStart">Plugs in what stands above JetStream.</param>
    public static async Task<StreamServer> StartAsync(
        Func<NatsServerOptions, NatsServerOptions>? change = null, string? directory = null, IStorageFiles? files = null, Action<ServerCore>? beforeStart = null)
    {
        string path = directory ?? Path.Combine(Path.GetTempPath(), "dotnats-js-" + Guid.NewGuid().ToString("N"));
        var options = new NatsServerOptions { Host = "127.0.0.1", Port = -1, JetStream = new JetStreamOptions { Enabled = true, StoreDirectory = path } };
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var log = new RecordedLog();
        var core = new ServerCore(change?.Invoke(options) ?? options, log, time) { JetStreamFactory = core => JetStreamService.Create(core, files ?? new DiskFiles()) };
        beforeStart?.Invoke(core);
        await core.StartAsync();
        return new StreamServer(core, time, log, path, directory is null);
    }

    public LiveStream Stream(string name) => Streams.Find(name)!;

    /// <summary>A client past CONNECT.</summary>
    public Task<Dialogue> ConnectAsync(string more = "") => Open().ConnectAsync(more);

    /// <summary>A client past CONNECT that is made from the server's INFO.</summary>
    public async Task<Dialogue> ConnectAsync(Func<string, string> more)
    {
        Dialogue client = Open();
        return await client.ConnectAsync(more(await client.ReadInfoAsync()));
    }

    private Dialogue Open()
    {
        (Stream server, Stream client) = DuplexPipeStream.CreatePair();
        Core.Listener.AcceptStream(server);
        var dialogue = new Dialogue(client);
        _clients.Add(dialogue);
        return dialogue;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Dialogue client in _clients) await client.DisposeAsync();
        await Core.DisposeAsync();
        if (_ownsDirectory && System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
    }
}

/// <summary>Requests over a dialogue.</summary>
internal static class Requests
{
    /// <summary>Sends a request and reads its answer, which has no headers.</summary>
    public static async Task<string> RequestAsync(this Dialogue client, string subject, string payload = "")
    {
        string reply = $"_INBOX.{Guid.NewGuid():N}";
        client.Send($"SUB {reply} 99", "UNSUB 99 1");
        client.SendBytes(Encoding.UTF8.GetBytes($"PUB {subject} {reply} {Encoding.UTF8.GetByteCount(payload)}\r\n{payload}\r\n"));
        string line = await client.ReadLineAsync() ?? throw new InvalidOperationException("closed");
        // Where a test turns the clock, the server asks whether its clients are there.
        while (line == "PING")
        {
            client.Send("PONG");
            line = await client.ReadLineAsync() ?? throw new InvalidOperationException("closed");
        }

        if (!line.StartsWith($"MSG {reply} ", StringComparison.Ordinal)) throw new InvalidOperationException($"no plain answer: {line}");
        return Encoding.UTF8.GetString(await client.ReadBytesAsync(int.Parse(line.Split(' ')[^1])));
    }

    /// <summary>The same as JSON.</summary>
    public static async Task<JsonElement> AskAsync(this Dialogue client, string subject, string payload = "") =>
        JsonDocument.Parse(await client.RequestAsync(subject, payload)).RootElement;

    /// <summary>Creates a stream in memory.</summary>
    public static Task<JsonElement> CreateStreamAsync(this Dialogue client, string name, string more = "") =>
        client.AskAsync($"$JS.API.STREAM.CREATE.{name}", $$"""{"name":"{{name}}","storage":"memory"{{(more.Length > 0 ? "," + more : "")}}}""");

    public static int ErrorCode(this JsonElement answer) => answer.TryGetProperty("error", out JsonElement error) ? error.GetProperty("err_code").GetInt32() : 0;
}
