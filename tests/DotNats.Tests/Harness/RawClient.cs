using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DotNats.Tests.Harness;

/// <summary>A socket to a server, spoken to by hand.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly StringBuilder _received = new();

    private RawClient(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <param name="receiveBufferBytes">Kernel buffer for what is not read; 0 for the system's.</param>
    public static async Task<RawClient> OpenAsync(IPEndPoint server, int receiveBufferBytes = 0)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes > 0) socket.ReceiveBufferSize = receiveBufferBytes;
        await socket.ConnectAsync(server);
        return new RawClient(socket);
    }

    /// <summary>Past INFO, CONNECT and the first PONG.</summary>
    public static async Task<RawClient> ConnectAsync(IPEndPoint server, int receiveBufferBytes = 0)
    {
        RawClient client = await OpenAsync(server, receiveBufferBytes);
        await client.ReadUntilAsync("INFO ");
        client.Send("CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1}\r\nPING\r\n");
        await client.ReadUntilAsync("PONG\r\n");
        return client;
    }

    public void Send(string text) => Socket.Send(Encoding.Latin1.GetBytes(text));

    /// <summary>Everything received so far, once it holds <paramref name="text"/>.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        while (!_received.ToString().Contains(text, StringComparison.Ordinal))
        {
            if (!await FillAsync()) throw new Shouldly.ShouldAssertException($"the end came before '{text}': '{_received}'");
        }

        return _received.ToString();
    }

    /// <summary>Everything received until the other side closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        return _received.ToString();
    }

    private async Task<bool> FillAsync()
    {
        int read;
        try
        {
            read = await Eventually.ComesAsync(Socket.ReceiveAsync(_buffer.AsMemory()).AsTask());
        }
        catch (SocketException)
        {
            // A reset is an end too.
            return false;
        }

        _received.Append(Encoding.Latin1.GetString(_buffer, 0, read));
        return read > 0;
    }

    public void Dispose() => Socket.Dispose();
}
