using System.Diagnostics;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>One connection that subscribes and unsubscribes all the time, at a fixed rate.</summary>
// Command `run ms`: answers `pairs=`, the SUB and UNSUB pairs the server has processed.
internal sealed class ChurnWorker : CommandWorker
{
    /// <summary>SUB+UNSUB pairs per second: heavy, yet the same for both servers and no contest for the whole machine.</summary>
    internal const int PairsPerSecond = 50_000;

    // Live at any time; each SUB takes out the one this many before it.
    private const int LiveSubscriptions = 1000;
    private const int MostPairsPerBatch = 2000;
    private const uint TickMicroseconds = 1000;

    private readonly NatsConnection _connection;
    private readonly StringBuilder _batch = new();
    private long _next;

    internal ChurnWorker(WorkerArguments arguments)
    {
        _connection = NatsConnection.Open(arguments.Integer("port"), Buffer);
        SendBatch(LiveSubscriptions);
    }

    protected override void Obey(string command, long number)
    {
        long start = Now;
        long first = _next;
        long end = start + number * Stopwatch.Frequency / 1000;
        for (long now = Now; now < end; now = Now)
        {
            long due = (now - start) * PairsPerSecond / Stopwatch.Frequency - (_next - first);
            if (due > 0) SendBatch((int)Math.Min(due, MostPairsPerBatch));
            _ = Libc.SleepMicroseconds(TickMicroseconds);
        }
        ControlPipe.Answer(("pairs", _next - first));
    }

    private void SendBatch(int pairs)
    {
        _batch.Clear();
        for (int i = 0; i < pairs; i++, _next++)
        {
            _batch.Append("SUB churn.").Append(_next % 100_000).Append(".x ").Append(_next).Append("\r\n");
            if (_next >= LiveSubscriptions) _batch.Append("UNSUB ").Append(_next - LiveSubscriptions).Append("\r\n");
        }
        _connection.Channel.SendAll(Encoding.ASCII.GetBytes(_batch.ToString()));
        _connection.Fence(Buffer);
    }

    public override void Dispose() => _connection.Dispose();
}
