using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Load.Tests;

/// <summary>What a <see cref="LyingStreamServer"/> does wrong with its hundredth acknowledgement.</summary>
public enum Lie { None, SkipsSequence, RepeatsSequence, Refuses, AcknowledgesNothing, StoresLess }

/// <summary>Just enough of a server with one stream to lie about acknowledgements.</summary>
internal sealed class LyingStreamServer : IDisposable
{
    private const int LyingAcknowledgement = 100;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lie _lie;
    private int _acknowledgements;
    private int _sequence;

    internal LyingStreamServer(Lie lie)
    {
        _lie = lie;
        _listener.Start();
        new Thread(AcceptLoop) { IsBackground = true }.Start();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private void AcceptLoop()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.AcceptSocket();
                new Thread(() => Serve(socket)) { IsBackground = true }.Start();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            using NetworkStream stream = new(socket, ownsSocket: true);
            using StreamReader reader = new(stream, Encoding.ASCII);
            Write(stream, "INFO {\"server_id\":\"LYING\",\"max_payload\":1048576}\r\n");
            while (reader.ReadLine() is { } line)
            {
                string[] words = line.Split(' ');
                if (words[0] == "PING") Write(stream, "PONG\r\n");
                if (words[0] != "PUB") continue;
                _ = reader.ReadBlock(new char[int.Parse(words[3], CultureInfo.InvariantCulture) + 2]);
                if (Answer(words[1]) is { } answer) Write(stream, $"MSG {words[2]} 1 {answer.Length}\r\n{answer}\r\n");
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The other side has gone.
        }
    }

    private string? Answer(string subject)
    {
        if (subject.Contains(".CREATE.", StringComparison.Ordinal)) return "{\"config\":{}}";
        if (subject.Contains(".INFO.", StringComparison.Ordinal))
        {
            int messages = _lie == Lie.StoresLess ? _sequence - 1 : _sequence;
            return $"{{\"state\":{{\"messages\":{messages},\"last_seq\":{messages}}}}}";
        }

        bool lies = Interlocked.Increment(ref _acknowledgements) >= LyingAcknowledgement;
        if (lies && _lie == Lie.AcknowledgesNothing) return null;
        if (lies && _lie == Lie.Refuses) return "{\"error\":{\"code\":503,\"err_code\":10077},\"stream\":\"S0000\",\"seq\":0}";
        if (!lies || _lie != Lie.RepeatsSequence) _sequence++;
        if (lies && _lie == Lie.SkipsSequence) _sequence++;
        return $"{{\"stream\":\"S0000\",\"seq\":{_sequence}}}";
    }

    private static void Write(NetworkStream stream, string text) => stream.Write(Encoding.ASCII.GetBytes(text));

    public void Dispose() => _listener.Dispose();
}
