using System.Globalization;
using Load.Wire;

namespace Load.Workers;

/// <summary>Publishes to a stream while many consumers take what is published; a slow one can be added.</summary>
// Commands: `run ms` publishes for that time and answers `start= end= delivered=` when every consumer has everything; `slow 1` adds the slow
// consumer, `slow 0` takes it away; `check` fails unless every consumer has nothing left and nothing unacknowledged.
internal sealed class ActiveWorker : EventLoop
{
    private const int PublisherToken = ActiveShape.Connections;
    private const int StallMilliseconds = 10_000;

    private readonly ActiveShape _shape;
    private readonly int _port;
    private readonly JetStreamApi _api;
    private readonly ActiveConnection[] _connections = new ActiveConnection[ActiveShape.Connections];
    private readonly StreamPublisher _publisher;
    private readonly string _stream = PublishShape.StreamName(0);
    private SlowConsumer? _slow;
    private bool _isRunning;
    private long _started;
    private long _deadline;
    private long _deliveredBefore;
    private long _lastProgress;

    internal ActiveWorker(WorkerArguments arguments)
    {
        _shape = ActiveShape.FromArguments(arguments);
        _port = arguments.Integer("port");
        _api = new JetStreamApi(_port);
        ConsumerMaker.Make(_port, _stream, Enumerable.Range(0, _shape.Consumers).Select(i => (ActiveShape.Name(i), _shape.Configuration(i))), Buffer);
        for (int i = 0; i < _connections.Length; i++) _connections[i] = new ActiveConnection(i, Connect(ActiveShape.Inbox(i), i), _shape);
        PublishShape publish = _shape.Publish;
        _publisher = new StreamPublisher(0, Connect($"{PublishShape.Inbox(0)}.*", PublisherToken), publish, [new SequenceBook(_stream)], new LatencySamples());
        foreach (ActiveConnection connection in _connections) connection.Ask();
    }

    private long Delivered => _connections.Sum(c => c.Received);

    // How many messages may have been published by now.
    private long MostSent => (Delivered + _shape.MostAhead) / (_shape.IsShared ? _shape.Consumers : 1);

    protected override void OnCommand(string[] command)
    {
        switch (command[0])
        {
            case "slow":
                _slow?.CheckBusy();
                _slow?.Dispose();
                _slow = command[1] == "1" ? new SlowConsumer(_api, _port, Buffer) : null;
                ControlPipe.Answer();
                break;
            case "check":
                for (int i = 0; i < _shape.Consumers; i++) _api.AwaitDone(_stream, ActiveShape.Name(i), TimeSpan.FromSeconds(10));
                ControlPipe.Answer();
                break;
            default:
                _deliveredBefore = Delivered;
                _started = _lastProgress = Now;
                _deadline = _started + Nanoseconds(long.Parse(command[1], CultureInfo.InvariantCulture));
                _isRunning = true;
                Pump();
                break;
        }
    }

    protected override int Step()
    {
        _slow?.Read(Buffer);
        if (!_isRunning) return 20;
        Pump();
        if (Now - _lastProgress > Nanoseconds(StallMilliseconds)) throw new InvalidRunException($"nothing came for 10 s; {_publisher.Sent} published, {Delivered} delivered");
        if (Now < _deadline || _publisher.IsWaiting || Delivered != _publisher.Sent * (_shape.IsShared ? _shape.Consumers : 1)) return 5;
        if (!_connections.All(c => c.IsQuiet)) return 1;
        _isRunning = false;
        foreach (ActiveConnection connection in _connections) connection.CheckWhole(_publisher.Sent);
        ControlPipe.Answer(("start", _started), ("end", _lastProgress), ("delivered", Delivered - _deliveredBefore));
        return 20;
    }

    protected override void OnReady(ReadyEvent ready)
    {
        bool isPublisher = ready.Token == PublisherToken;
        Channel channel = isPublisher ? _publisher.Connection.Channel : _connections[ready.Token].Connection.Channel;
        int received;
        do
        {
            received = channel.Receive(Buffer);
            if (isPublisher) _publisher.Accept(Buffer.AsSpan(0, received));
            else _connections[ready.Token].Accept(Buffer.AsSpan(0, received));
            if (received > 0) _lastProgress = Now;
        }
        while (received == Buffer.Length);
    }

    private void Pump() => _publisher.Pump(Now < _deadline ? Math.Max(0, MostSent - _publisher.Sent) : 0);

    private NatsConnection Connect(string inbox, int token)
    {
        NatsConnection connection = NatsConnection.Open(_port, Buffer);
        connection.Subscribe(inbox, "1");
        connection.Fence(Buffer);
        connection.SetNonBlocking();
        Epoll.Add(connection.Channel.Descriptor, EpollSet.InAndOutEdges, token);
        return connection;
    }

    public override void Dispose()
    {
        _slow?.Dispose();
        _api.Dispose();
        _publisher.Connection.Dispose();
        foreach (ActiveConnection connection in _connections) connection.Connection.Dispose();
        base.Dispose();
    }
}
