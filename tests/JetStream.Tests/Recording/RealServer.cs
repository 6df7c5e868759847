using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace JetStream.Tests.Recording;

/// <summary>A real nats-server that recordings are made from, and one raw connection to it.</summary>
/// <remarks><c>DOTNATS_RECORD=path/of/nats-server</c> names it; the version recorded so far is 2.15.1.</remarks>
internal sealed class RealServer : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("recording").FullName;
    private readonly Process _process;
    private readonly TcpClient _client;
    private readonly BufferedStream _stream;
    private int _requests;

    public RealServer(string configuration)
    {
        int port = FreePort();
        string file = System.IO.Path.Combine(_directory, "server.conf");
        string storeDirectory = System.IO.Path.Combine(_directory, "store");
        File.WriteAllText(file, $"listen: 127.0.0.1:{port}\nserver_name: recorded\n" + configuration.Replace("STORE_DIR", storeDirectory, StringComparison.Ordinal));
        _process = Process.Start(new ProcessStartInfo(Path!, ["-c", file, "-l", System.IO.Path.Combine(_directory, "log")]))!;
        _client = Connect(port);
        _stream = new BufferedStream(_client.GetStream());
        ReadLine();
        Send("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"pedantic\":false}\r\nSUB _I.> 1\r\n"u8);
    }

    /// <summary>The server's program; null where no recording is asked for.</summary>
    public static string? Path => Environment.GetEnvironmentVariable("DOTNATS_RECORD") is { Length: > 0 } path ? path : null;

    /// <summary>Where it keeps its streams.</summary>
    public string StoreDirectory => System.IO.Path.Combine(_directory, "store", "jetstream");

    /// <summary>Sends a request and returns what the first answer carries, without headers.</summary>
    public string Request(string subject, string body) => Request(subject, body, (words, reply) => words[1] == reply).Text;

    /// <summary>Publishes without waiting for anything.</summary>
    public void Publish(string subject, string body) => Send(Encoding.UTF8.GetBytes($"PUB {subject} {Encoding.UTF8.GetByteCount(body)}\r\n{body}\r\n"));

    /// <summary>Asks a consumer for a message and returns the subject it is to be acknowledged on; null where it has none.</summary>
    public string? Next(string stream, string consumer)
    {
        string[] words = Request($"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", "{\"batch\":1,\"no_wait\":true}", (_, _) => true).Words;
        return Array.Find(words, word => word.StartsWith("$JS.ACK.", StringComparison.Ordinal));
    }

    private (string Text, string[] Words) Request(string subject, string body, Func<string[], string, bool> isAnswer)
    {
        byte[] payload = Encoding.UTF8.GetBytes(body);
        string reply = string.Create(CultureInfo.InvariantCulture, $"_I.{++_requests}");
        Send([.. Encoding.UTF8.GetBytes($"PUB {subject} {reply} {payload.Length}\r\n"), .. payload, .. "\r\n"u8]);
        while (true)
        {
            string[] words = ReadLine().Split(' ');
            if (words[0] == "PING") Send("PONG\r\n"u8);
            if (words[0] == "-ERR") throw new InvalidOperationException(string.Join(' ', words));
            if (words[0] is not ("MSG" or "HMSG")) continue;
            byte[] content = new byte[int.Parse(words[^1], CultureInfo.InvariantCulture) + 2];
            _stream.ReadExactly(content);
            int headers = words[0] == "HMSG" ? int.Parse(words[^2], CultureInfo.InvariantCulture) : 0;
            if (isAnswer(words, reply)) return (Encoding.UTF8.GetString(content, headers, content.Length - headers - 2), words);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static TcpClient Connect(int port)
    {
        for (var started = Stopwatch.StartNew(); ;)
        {
            try
            {
                return new TcpClient("127.0.0.1", port);
            }
            catch (SocketException) when (started.Elapsed < TimeSpan.FromSeconds(10))
            {
                Thread.Yield();
            }
        }
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _stream.Flush();
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        for (int next = _stream.ReadByte(); next != '\n'; next = _stream.ReadByte())
        {
            if (next < 0) throw new EndOfStreamException("the server closed the connection");
            if (next != '\r') line.Append((char)next);
        }

        return line.ToString();
    }
}
