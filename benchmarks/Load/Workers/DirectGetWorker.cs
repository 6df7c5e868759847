using System.Globalization;
using Load.Wire;

namespace Load.Workers;

/// <summary>Clients that ask for the last message of a subject, one request outstanding each.</summary>
// Command `run ms`: answers `start= end= requests= p50= p99=` (nanoseconds) when the last outstanding answer has come.
internal sealed class DirectGetWorker : EventLoop
{
    private const int ReplyTimeoutMilliseconds = 5000;

    private readonly DirectGetter[] _getters;
    private readonly LatencySamples _samples = new();
    private bool _isRunning;
    private long _started;
    private long _deadline;

    internal DirectGetWorker(WorkerArguments arguments)
    {
        _getters = new DirectGetter[arguments.Integer("clients")];
        for (int i = 0; i < _getters.Length; i++)
        {
            NatsConnection connection = NatsConnection.Open(arguments.Integer("port"), Buffer);
            connection.Subscribe($"{PublishShape.Inbox(i)}.*", "1");
            connection.Fence(Buffer);
            connection.SetNonBlocking();
            _getters[i] = new DirectGetter(i, connection, arguments.Integer("keys"), arguments.Integer("payload"), arguments.Flag("bucket"));
            Epoll.Add(connection.Channel.Descriptor, EpollSet.In, i);
        }
    }

    protected override void OnCommand(string[] command)
    {
        _samples.Clear();
        _isRunning = true;
        _started = Now;
        _deadline = _started + Nanoseconds(long.Parse(command[1], CultureInfo.InvariantCulture));
        foreach (DirectGetter getter in _getters) getter.Ask();
    }

    protected override int Step()
    {
        if (!_isRunning) return 1000;
        if (Now < _deadline) return 20;
        foreach (DirectGetter getter in _getters)
        {
            if (!getter.IsWaiting) continue;
            return Now < _deadline + Nanoseconds(ReplyTimeoutMilliseconds) ? 20 : throw new InvalidRunException("a direct get got no answer for 5 s");
        }

        _isRunning = false;
        ControlPipe.Answer(("start", _started), ("end", Now), ("requests", _samples.Count),
            ("p50", _samples.QuantileNanoseconds(0.5)), ("p99", _samples.QuantileNanoseconds(0.99)));
        return 1000;
    }

    protected override void OnReady(ReadyEvent ready)
    {
        DirectGetter getter = _getters[ready.Token];
        int received = getter.Connection.Channel.Receive(Buffer);
        if (!getter.Accept(Buffer.AsSpan(0, received))) return;
        long now = Now;
        _samples.Add(now - getter.SentAt);
        if (now < _deadline) getter.Ask();
    }

    public override void Dispose()
    {
        foreach (DirectGetter getter in _getters) getter.Connection.Dispose();
        base.Dispose();
    }
}
