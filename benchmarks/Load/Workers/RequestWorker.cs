using System.Globalization;
using Load.Wire;

namespace Load.Workers;

/// <summary>Clients with one request outstanding each.</summary>
// Command `run ms`: answers `start= end= requests= p50= p99=` (nanoseconds) when the last outstanding reply has come.
internal sealed class RequestWorker : EventLoop
{
    private const int ReplyTimeoutMilliseconds = 5000;

    private readonly Requester[] _requesters;
    private readonly LatencySamples _samples = new();
    private bool _isRunning;
    private long _started;
    private long _deadline;

    internal RequestWorker(WorkerArguments arguments)
    {
        _requesters = new Requester[arguments.Integer("clients")];
        for (int i = 0; i < _requesters.Length; i++)
        {
            NatsConnection connection = NatsConnection.Open(arguments.Integer("port"), Buffer);
            connection.Subscribe($"{RequestShape.Inbox(i)}.*", "1");
            connection.Fence(Buffer);
            connection.SetNonBlocking();
            _requesters[i] = new Requester(i, connection);
            Epoll.Add(connection.Channel.Descriptor, EpollSet.In, i);
        }
    }

    protected override void OnCommand(string[] command)
    {
        _samples.Clear();
        _isRunning = true;
        _started = Now;
        _deadline = _started + Nanoseconds(long.Parse(command[1], CultureInfo.InvariantCulture));
        foreach (Requester requester in _requesters) requester.Send();
    }

    protected override int Step()
    {
        if (!_isRunning) return 1000;
        if (Now < _deadline) return 20;
        bool isWaiting = false;
        foreach (Requester requester in _requesters) isWaiting |= requester.IsWaiting;
        if (isWaiting)
            return Now < _deadline + Nanoseconds(ReplyTimeoutMilliseconds)
                ? 20
                : throw new InvalidRunException("a request got no reply for 5 s");
        _isRunning = false;
        ControlPipe.Answer(("start", _started), ("end", Now), ("requests", _samples.Count),
            ("p50", _samples.QuantileNanoseconds(0.5)), ("p99", _samples.QuantileNanoseconds(0.99)));
        return 1000;
    }

    protected override void OnReady(ReadyEvent ready)
    {
        Requester requester = _requesters[ready.Token];
        int received = requester.Connection.Channel.Receive(Buffer);
        if (!requester.Accept(Buffer.AsSpan(0, received))) return;
        long now = Now;
        _samples.Add(now - requester.SentAt);
        if (now < _deadline) requester.Send();
    }

    public override void Dispose()
    {
        foreach (Requester requester in _requesters) requester.Connection.Dispose();
        base.Dispose();
    }
}
