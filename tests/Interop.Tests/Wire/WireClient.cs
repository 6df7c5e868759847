using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Interop.Tests;

/// <summary>A bare socket that speaks bytes and cuts what comes back into operations.</summary>
// Owner: the test's flow; nothing here is shared.
public sealed class WireClient : IDisposable
{
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(10);

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly byte[] _chunk = new byte[64 * 1024];
    private readonly List<byte> _unread = [];
    private bool _ended;

    /// <summary>INFO objects in the order they came.</summary>
    public List<JsonElement> Infos { get; } = [];

    /// <summary>The reply subject of the last message that had one.</summary>
    public string LastReply { get; private set; } = "";

    /// <summary>The last pin id that a message came with.</summary>
    public string LastPin { get; private set; } = "";

    /// <summary>False leaves the server's PINGs unanswered.</summary>
    public bool AnswersPings { get; set; } = true;

    public static async Task<WireClient> ConnectAsync(int port)
    {
        WireClient client = new();
        await client._client.ConnectAsync("127.0.0.1", port);
        return client;
    }

    public async Task SendAsync(byte[] bytes, bool oneByOne = false)
    {
        int size = oneByOne ? 1 : Math.Max(bytes.Length, 1);
        try
        {
            foreach (byte[] part in bytes.Chunk(size))
                await _client.GetStream().WriteAsync(part);
        }
        catch (IOException)
        {
            // The server has closed already; reading tells what it said before.
        }
    }

    /// <summary>The next operation as lines: the control line, then a message's payload. INFO and PING are dealt with and left
    /// out. Null when the server closed; "(silence)" when nothing came for long.</summary>
    public async Task<IReadOnlyList<string>?> NextAsync()
    {
        while (true)
        {
            if (TryCut() is { } operation)
            {
                if (operation[0].StartsWith("INFO ", StringComparison.Ordinal))
                    Infos.Add(JsonDocument.Parse(operation[0]["INFO ".Length..]).RootElement);
                else if (operation[0] == "PING")
                    await (AnswersPings ? SendAsync("PONG\r\n"u8.ToArray()) : Task.CompletedTask);
                else
                    return operation;
            }
            else if (_ended)
            {
                return _unread.Count == 0 ? null : CutRemainder();
            }
            else if (!await ReceiveAsync())
            {
                return ["(silence)"];
            }
        }
    }

    /// <summary>Waits for the INFO that opens every connection.</summary>
    public async Task ReadFirstInfoAsync()
    {
        while (Infos.Count == 0)
        {
            if (TryCut() is { } operation)
                Infos.Add(JsonDocument.Parse(operation[0]["INFO ".Length..]).RootElement);
            else if (_ended || !await ReceiveAsync())
                throw new InvalidOperationException("no INFO came");
        }
    }

    public void Dispose() => _client.Dispose();

    // True when something happened: bytes or the end.
    private async Task<bool> ReceiveAsync()
    {
        using CancellationTokenSource limit = new(SilenceLimit);
        try
        {
            int count = await _client.GetStream().ReadAsync(_chunk, limit.Token);
            _unread.AddRange(_chunk.AsSpan(0, count));
            _ended = count == 0;
            return true;
        }
        catch (IOException)
        {
            // A reset: the server closed while bytes of ours were unread.
            _ended = true;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private List<string>? TryCut()
    {
        int end = _unread.IndexOf((byte)'\n');
        if (end < 0)
            return null;
        string line = Text(0, end).TrimEnd('\r');
        int payload = line.StartsWith("MSG ", StringComparison.Ordinal) || line.StartsWith("HMSG ", StringComparison.Ordinal)
            ? int.Parse(line.AsSpan(line.LastIndexOf(' ') + 1))
            : -1;
        int total = end + 1 + (payload < 0 ? 0 : payload + 2);
        if (_unread.Count < total)
            return null;

        List<string> lines = [line];
        if (payload >= 0)
        {
            lines.AddRange(Text(end + 1, end + 1 + payload).Split("\r\n"));
            // MSG subject sid [reply] size; HMSG subject sid [reply] header-size size
            string[] words = line.Split(' ');
            if (words.Length == (line[0] == 'H' ? 6 : 5))
                LastReply = words[3];
            if (lines.Find(header => header.StartsWith("Nats-Pin-Id: ", StringComparison.Ordinal)) is { } pin)
                LastPin = pin["Nats-Pin-Id: ".Length..];
            if (Text(total - 2, total) != "\r\n")
                lines.Add("(no line end after the payload)");
        }

        _unread.RemoveRange(0, total);
        return lines;
    }

    private string[] CutRemainder()
    {
        string rest = Text(0, _unread.Count);
        _unread.Clear();
        return [.. rest.Split("\r\n"), "(cut off here)"];
    }

    // Latin-1 keeps every byte; what is not printable is escaped when shown.
    private string Text(int from, int to) => Encoding.Latin1.GetString([.. _unread[from..to]]);
}
