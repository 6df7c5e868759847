using System.Text;

namespace Server.Tests.Harness;

/// <summary>One client inside the process, spoken to line by line: <c>c.Send("SUB a 1")</c>, <c>await c.Expect("MSG a 1 2")</c>.</summary>
internal sealed class Dialogue(Stream stream) : IAsyncDisposable
{
    // Long enough for a busy machine; only a failing test waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly StringBuilder _received = new();

    /// <summary>Every INFO seen so far.</summary>
    public List<string> Infos { get; } = [];

    /// <summary>Sends each line with CR LF behind it.</summary>
    public void Send(params string[] lines)
    {
        foreach (string line in lines) SendBytes(Encoding.Latin1.GetBytes(line + "\r\n"));
    }

    public void SendBytes(ReadOnlySpan<byte> bytes) => stream.Write(bytes.ToArray(), 0, bytes.Length);

    /// <summary>Says CONNECT (not verbose, with headers and no_responders) with more fields as JSON, and waits for the PONG.</summary>
    public async Task<Dialogue> ConnectAsync(string more = "")
    {
        if (Infos.Count == 0) await ReadInfoAsync();
        if (more.Length > 0) more = "," + more;
        Send($$"""CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1{{more}}}""", "PING");
        await ExpectAsync("PONG");
        return this;
    }

    public async Task<string> ReadInfoAsync()
    {
        while (Infos.Count == 0) await FillAndTakeInfosAsync();
        return Infos[^1];
    }

    /// <summary>The next lines are these; INFO lines in between are put aside.</summary>
    public async Task ExpectAsync(params string[] lines)
    {
        foreach (string line in lines)
        {
            string? next = await ReadLineAsync();
            if (next != line) throw new Shouldly.ShouldAssertException($"expected '{line}' but got '{next ?? "<closed>"}'");
        }
    }

    /// <summary>Everything up to the answer of a PING sent now, without that answer.</summary>
    public async Task<List<string>> FenceAsync()
    {
        Send("PING");
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
        {
            if (line == "PONG") return lines;
            lines.Add(line);
        }

        lines.Add("<closed>");
        return lines;
    }

    /// <summary>The connection ends, with nothing more than these lines before.</summary>
    public async Task ExpectClosedAsync(params string[] before)
    {
        await ExpectAsync(before);
        string? line = await ReadLineAsync();
        if (line is not null) throw new Shouldly.ShouldAssertException($"expected the end but got '{line}'");
    }

    public async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            string text = _received.ToString();
            int end = text.IndexOf("\r\n", StringComparison.Ordinal);
            if (end < 0)
            {
                if (!await FillAsync()) return null;
                continue;
            }

            _received.Remove(0, end + 2);
            string line = text[..end];
            if (!line.StartsWith("INFO ", StringComparison.Ordinal)) return line;
            Infos.Add(line[5..]);
        }
    }

    /// <summary>So many bytes as they come, and the line end behind them.</summary>
    public async Task<byte[]> ReadBytesAsync(int count)
    {
        while (_received.Length < count + 2 && await FillAsync())
        {
        }

        byte[] bytes = Encoding.Latin1.GetBytes(_received.ToString(0, count));
        _received.Remove(0, count + 2);
        return bytes;
    }

    private async Task FillAndTakeInfosAsync()
    {
        await FillAsync();
        string text = _received.ToString();
        if (!text.StartsWith("INFO ", StringComparison.Ordinal) || !text.Contains("\r\n", StringComparison.Ordinal)) return;
        int end = text.IndexOf("\r\n", StringComparison.Ordinal);
        Infos.Add(text[5..end]);
        _received.Remove(0, end + 2);
    }

    private async Task<bool> FillAsync()
    {
        using var cancel = new CancellationTokenSource(Patience);
        int read = await stream.ReadAsync(_buffer, cancel.Token);
        _received.Append(Encoding.Latin1.GetString(_buffer, 0, read));
        return read > 0;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
