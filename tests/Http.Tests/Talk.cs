using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Http.Tests;

/// <summary>A client that says lines and keeps what it hears.</summary>
internal sealed class Talk : IDisposable
{
    private readonly TcpClient _tcp = new();
    private readonly StringBuilder _heard = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    public static async Task<Talk> OpenAsync(IPEndPoint server)
    {
        Talk talk = new();
        await talk._tcp.ConnectAsync(server);
        await talk.HearAsync("INFO ");
        return talk;
    }

    public string Heard => _heard.ToString();

    /// <summary>Says the lines and a PING behind, and waits for the PONG or the end.</summary>
    public async Task<Talk> SayAsync(params string[] lines)
    {
        int pongs = Count("PONG\r\n");
        await _tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Append("PING").Select(line => line + "\r\n"))));
        while (Count("PONG\r\n") == pongs && await HearMoreAsync())
        {
        }

        return this;
    }

    /// <summary>Waits until it has heard this.</summary>
    public async Task HearAsync(string text)
    {
        while (!Heard.Contains(text, StringComparison.Ordinal) && await HearMoreAsync())
        {
        }
    }

    public void Dispose() => _tcp.Dispose();

    private int Count(string text) => Heard.Split(text).Length;

    private async Task<bool> HearMoreAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        try
        {
            int count = await _tcp.GetStream().ReadAsync(_buffer, patience.Token);
            _heard.Append(Encoding.UTF8.GetString(_buffer, 0, count));
            return count > 0;
        }
        catch (IOException)
        {
            // Closed with something unread.
            return false;
        }
    }
}
