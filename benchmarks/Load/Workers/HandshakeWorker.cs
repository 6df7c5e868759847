using System.Diagnostics;
using Load.Wire;

namespace Load.Workers;

/// <summary>Connects over TLS, waits for the first PONG, closes, and again, on a few threads.</summary>
// Command `run ms`: answers `start= end= handshakes= p50= p99=` (nanoseconds from connect to PONG). Sessions are never resumed.
internal sealed class HandshakeWorker(WorkerArguments arguments) : CommandWorker
{
    private const int Threads = 4;

    private readonly int _port = arguments.Integer("port");
    private readonly nint _context = OpenSsl.CreateClientContext();

    protected override void Obey(string command, long number)
    {
        long start = Now;
        long deadline = start + number * Stopwatch.Frequency / 1000;
        Connector[] connectors = new Connector[Threads];
        for (int i = 0; i < Threads; i++) connectors[i] = new Connector(_port, _context, deadline);
        LatencySamples samples = new();
        foreach (Connector connector in connectors) samples.AddAll(connector.Join());
        ControlPipe.Answer(("start", start), ("end", Now), ("handshakes", samples.Count),
            ("p50", samples.QuantileNanoseconds(0.5)), ("p99", samples.QuantileNanoseconds(0.99)));
    }

    public override void Dispose()
    {
    }

    // One thread: its samples are its own until it has ended.
    private sealed class Connector
    {
        private readonly LatencySamples _samples = new();
        private readonly Thread _thread;
        private string? _failure;

        internal Connector(int port, nint context, long deadline)
        {
            _thread = new Thread(() => ConnectUntil(port, context, deadline)) { IsBackground = true };
            _thread.Start();
        }

        internal LatencySamples Join()
        {
            _thread.Join();
            return _failure is null ? _samples : throw new InvalidRunException(_failure);
        }

        private void ConnectUntil(int port, nint context, long deadline)
        {
            byte[] buffer = new byte[32 * 1024];
            try
            {
                for (long begin = Now; begin < deadline; begin = Now)
                {
                    using NatsConnection connection = NatsConnection.Open(port, buffer, context);
                    _samples.Add(Now - begin);
                    LoopbackSocket.ResetOnClose(connection.Channel.Descriptor);
                }
            }
            catch (Exception exception)
            {
                _failure = exception.Message;
            }
        }
    }
}
