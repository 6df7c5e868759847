using System.Globalization;
using Load.Wire;

namespace Load.Workers;

/// <summary>Publishes to streams and waits for acknowledgements.</summary>
// Commands: `run ms` publishes for that time, `fill n` publishes so many; both answer `start= end= published= total= p50= p99=` (nanoseconds;
// total since the beginning) when the last acknowledgement has come.
internal sealed class PublishWorker : EventLoop
{
    private readonly StreamPublisher[] _publishers;
    private readonly SequenceBook[] _books;
    private readonly int _stallMilliseconds;
    private readonly LatencySamples _samples = new();
    private bool _isRunning;
    private long _started;
    private long _deadline;
    private long _left;
    private long _before;
    private long _lastProgress;

    internal PublishWorker(WorkerArguments arguments)
    {
        PublishShape shape = PublishShape.FromArguments(arguments);
        _stallMilliseconds = shape.StallMilliseconds;
        _books = [.. Enumerable.Range(0, shape.Streams).Select(s => new SequenceBook(PublishShape.StreamName(shape.FirstStream + s, shape.Bucket)))];
        _publishers = new StreamPublisher[shape.Publishers];
        for (int i = 0; i < _publishers.Length; i++)
        {
            NatsConnection connection = NatsConnection.Open(arguments.Integer("port"), Buffer);
            connection.Subscribe($"{PublishShape.Inbox(shape.FirstStream + i)}.*", "1");
            connection.Fence(Buffer);
            connection.SetNonBlocking();
            _publishers[i] = new StreamPublisher(i, connection, shape, _books, _samples);
            Epoll.Add(connection.Channel.Descriptor, EpollSet.InAndOutEdges, i);
        }
    }

    private long Acknowledged => _publishers.Sum(p => p.Acknowledged);

    protected override void OnCommand(string[] command)
    {
        _samples.Clear();
        _before = Acknowledged;
        _started = _lastProgress = Now;
        long number = long.Parse(command[1], CultureInfo.InvariantCulture);
        (_deadline, _left) = command[0] == "fill" ? (long.MaxValue, number) : (_started + Nanoseconds(number), long.MaxValue);
        _isRunning = true;
        foreach (StreamPublisher publisher in _publishers) Pump(publisher);
    }

    protected override int Step()
    {
        if (!_isRunning) return 1000;
        if (_left > 0 && Now < _deadline) return CheckProgress();
        foreach (StreamPublisher publisher in _publishers)
        {
            if (publisher.IsWaiting) return CheckProgress();
        }

        _isRunning = false;
        foreach (SequenceBook book in _books) book.CheckWhole();
        ControlPipe.Answer(("start", _started), ("end", _lastProgress), ("published", Acknowledged - _before), ("total", Acknowledged),
            ("p50", _samples.QuantileNanoseconds(0.5)), ("p99", _samples.QuantileNanoseconds(0.99)));
        return 1000;
    }

    protected override void OnReady(ReadyEvent ready)
    {
        StreamPublisher publisher = _publishers[ready.Token];
        int received;
        do
        {
            received = publisher.Connection.Channel.Receive(Buffer);
            publisher.Accept(Buffer.AsSpan(0, received));
            if (received > 0) _lastProgress = Now;
        }
        while (received == Buffer.Length);
        Pump(publisher);
    }

    private void Pump(StreamPublisher publisher)
    {
        long before = publisher.Sent;
        publisher.Pump(Now < _deadline ? _left : 0);
        _left -= publisher.Sent - before;
    }

    private int CheckProgress() => Now - _lastProgress < Nanoseconds(_stallMilliseconds)
        ? 20
        : throw new InvalidRunException($"no acknowledgement for {_stallMilliseconds / 1000} s, {Acknowledged} came");

    public override void Dispose()
    {
        foreach (StreamPublisher publisher in _publishers) publisher.Connection.Dispose();
        base.Dispose();
    }
}
