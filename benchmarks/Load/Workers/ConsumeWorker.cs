using System.Globalization;
using Load.Wire;

namespace Load.Workers;

/// <summary>Consumes a stream from its beginning to its end, with a new consumer for each lap.</summary>
// Command: `run ms` answers `start= end= consumed= p50= p99=` (nanoseconds).
internal sealed class ConsumeWorker : EventLoop
{
    private const int StallMilliseconds = 10_000;

    private readonly ConsumeShape _shape;
    private readonly JetStreamApi _api;
    private readonly int _port;
    private StreamConsumer? _consumer;
    private readonly LatencySamples _samples = new();
    private readonly string _stream = PublishShape.StreamName(0);
    private int _laps;
    private int _connections;
    private bool _isRunning;
    private long _started;
    private long _deadline;
    private long _lastProgress;
    private long _lapsBefore;

    internal ConsumeWorker(WorkerArguments arguments)
    {
        _shape = ConsumeShape.FromArguments(arguments);
        _port = arguments.Integer("port");
        _api = new JetStreamApi(_port);
    }

    // Another for each connection: nobody gets what was on its way to an earlier one.
    private string Inbox => string.Create(CultureInfo.InvariantCulture, $"_INBOX.consume{_connections}");

    private string Name => string.Create(CultureInfo.InvariantCulture, $"C{_laps}");

    private long Consumed => _lapsBefore + (_consumer?.Received ?? 0);

    protected override void OnCommand(string[] command)
    {
        _samples.Clear();
        Reconnect();
        _lapsBefore = 0;
        BeginLap();
        _started = _lastProgress = Now;
        _deadline = _started + Nanoseconds(long.Parse(command[1], CultureInfo.InvariantCulture));
        _isRunning = true;
        Go();
    }

    protected override int Step()
    {
        if (!_isRunning) return 1000;
        if (Now < _deadline)
        {
            if (Now - _lastProgress > Nanoseconds(StallMilliseconds)) throw new InvalidRunException($"nothing came for 10 s, {Consumed} messages before");
            return 20;
        }

        _isRunning = false;
        ControlPipe.Answer(("start", _started), ("end", Now), ("consumed", Consumed),
            ("p50", _samples.QuantileNanoseconds(0.5)), ("p99", _samples.QuantileNanoseconds(0.99)));
        return 1000;
    }

    protected override void OnReady(ReadyEvent ready)
    {
        StreamConsumer consumer = _consumer!;
        int received;
        do
        {
            received = consumer.Connection.Channel.Receive(Buffer);
            consumer.Accept(Buffer.AsSpan(0, received));
            if (received > 0) _lastProgress = Now;
        }
        while (received == Buffer.Length);
        if (consumer.IsLapDone && _isRunning && Now < _deadline)
        {
            while (!consumer.IsQuiet) consumer.Flush();
            if (_shape.Kind != ConsumeKind.Ordered) _api.AwaitDone(_stream, Name, TimeSpan.FromSeconds(10));
            _lapsBefore += consumer.Received;
            _api.DeleteConsumer(_stream, Name);
            BeginLap();
        }

        Go();
    }

    private void Go()
    {
        if (_isRunning && Now < _deadline) _consumer!.Ask();
        _consumer!.Flush();
    }

    private void BeginLap()
    {
        _laps++;
        _consumer!.Begin(Name, Inbox);
        _api.CreateConsumer(_stream, Name, _shape.Configuration(Name, Inbox));
    }

    // What is still on its way from an earlier run goes with its connection.
    private void Reconnect()
    {
        if (_consumer is not null)
        {
            _api.DeleteConsumer(_stream, Name);
            _consumer.Connection.Dispose();
        }

        _connections++;
        NatsConnection connection = NatsConnection.Open(_port, Buffer);
        connection.Subscribe(Inbox, "1");
        connection.Fence(Buffer);
        connection.SetNonBlocking();
        _consumer = new StreamConsumer(connection, _shape, _samples);
        Epoll.Add(connection.Channel.Descriptor, EpollSet.InAndOutEdges, 0);
    }

    public override void Dispose()
    {
        _api.Dispose();
        _consumer?.Connection.Dispose();
        base.Dispose();
    }
}
