using System.Globalization;
using Load.Wire;

namespace Load.Workers;

/// <summary>Drives some of a flow's publishers and subscribers.</summary>
// Commands: `run ms` publishes for that time, then answers `start= end=` (end: the server has answered the PING behind the last message);
// `drain`, once every publisher has answered, waits until each subscriber has all that was published, checks that not one more comes, and
// answers `last=`, the time of the last message.
internal sealed class FlowWorker : EventLoop
{
    // One epoll per so many single writes: asking after each would double the generator's system calls.
    private const int SingleWritesPerStep = 32;

    // A worker whose peers run elsewhere looks this often whether the window has opened.
    private const int WindowPollMilliseconds = 1;

    private readonly FlowShape _shape;
    private readonly SharedCounters _counters;
    private readonly FlowPublisher[] _publishers;
    private readonly FlowSubscriber[] _subscribers;
    private readonly long[] _allowances;
    private FlowPhase _phase;
    private long _started;
    private long _deadline;
    private long _lastReceived;
    private long _lastOfPhase;
    private long _lastProgress;

    internal FlowWorker(WorkerArguments arguments)
    {
        _shape = FlowShape.FromArguments(arguments);
        _counters = new SharedCounters(arguments.Text("counters"), _shape.Publishers + _shape.Subscribers);
        FlowConnector connector = new(_shape, arguments.Integer("port"), Buffer);
        _subscribers = arguments.Flag("subscribe") ? connector.OpenSubscribers() : [];
        _publishers = connector.OpenPublishers(arguments.Integer("publish-from"), arguments.Integer("publish-to"));
        _allowances = new long[_publishers.Length];
        for (int i = 0; i < _subscribers.Length; i++) Epoll.Add(_subscribers[i].Connection.Channel.Descriptor, EpollSet.In, i);
        for (int i = 0; i < _publishers.Length; i++)
            Epoll.Add(_publishers[i].Connection.Channel.Descriptor, EpollSet.InAndOutEdges, _subscribers.Length + i);
    }

    protected override void OnCommand(string[] command)
    {
        _started = _lastProgress = Now;
        if (command[0] == "drain")
        {
            _phase = FlowPhase.Draining;
            return;
        }
        _phase = FlowPhase.Publishing;
        _deadline = _started + Nanoseconds(long.Parse(command[1], CultureInfo.InvariantCulture));
    }

    protected override int Step()
    {
        bool sent = PumpPublishers();
        if (sent) _lastProgress = Now;
        if (_phase == FlowPhase.Publishing && Now >= _deadline) FinishPublishing();
        if (_phase == FlowPhase.Fencing) AwaitFence();
        if (_phase == FlowPhase.Draining) Drain();
        if (_phase == FlowPhase.Checking) Check();
        if (_phase == FlowPhase.Idle) return 1000;
        if (Now - _lastProgress > Nanoseconds(_shape.StallMilliseconds)) throw new InvalidRunException(Stalled());
        return sent ? 0 : WindowPollMilliseconds;
    }

    private bool PumpPublishers()
    {
        bool publishing = _phase == FlowPhase.Publishing;
        for (int i = 0; i < _publishers.Length; i++) _allowances[i] = publishing ? Allowance(_publishers[i].Group) : 0;
        bool sent = false;
        for (int round = _shape.OneMessagePerWrite && publishing ? SingleWritesPerStep : 1; round > 0; round--)
        {
            for (int i = 0; i < _publishers.Length; i++)
                if (_publishers[i].IsWritable) sent |= _publishers[i].Pump(_allowances[i]);
        }
        foreach (FlowPublisher publisher in _publishers) _counters[publisher.Slot] = publisher.Published;
        return sent;
    }

    // What may still be published in a group before its slowest subscriber is a whole window behind.
    private long Allowance(int group)
    {
        if (_shape.Subscribers == 0) return int.MaxValue;
        long received = long.MaxValue;
        for (int i = 0; i < _shape.SubscribersPerGroup; i++)
            received = Math.Min(received, _counters[_shape.Publishers + group * _shape.SubscribersPerGroup + i]);
        return Math.Max(_shape.WindowMessages - (PublishedIn(group) - received), 0);
    }

    private long PublishedIn(int group)
    {
        long published = 0;
        for (int i = 0; i < _shape.PublishersPerGroup; i++) published += _counters[group * _shape.PublishersPerGroup + i];
        return published;
    }

    protected override void OnReady(ReadyEvent ready)
    {
        if (ready.Token < _subscribers.Length) OnSubscriberReady(_subscribers[ready.Token]);
        else OnPublisherReady(_publishers[ready.Token - _subscribers.Length], ready);
    }

    private void OnSubscriberReady(FlowSubscriber subscriber)
    {
        Receive(subscriber.Connection);
        subscriber.Connection.AnswerPings();
        _counters[subscriber.Slot] = subscriber.Received;
        _lastReceived = _lastProgress = Now;
    }

    private void OnPublisherReady(FlowPublisher publisher, ReadyEvent ready)
    {
        if (ready.Readable) Receive(publisher.Connection);
        publisher.AnswerPings();
        if (ready.Writable) publisher.IsWritable = true;
    }

    private void Receive(NatsConnection connection)
    {
        int received;
        do
        {
            received = connection.Channel.Receive(Buffer);
            connection.Stream.Accept(Buffer.AsSpan(0, received));
        }
        while (received == Buffer.Length);
    }

    private void FinishPublishing()
    {
        foreach (FlowPublisher publisher in _publishers) publisher.Fence();
        _phase = FlowPhase.Fencing;
    }

    private void AwaitFence()
    {
        foreach (FlowPublisher publisher in _publishers)
            if (!publisher.IsFenced) return;
        _phase = FlowPhase.Idle;
        ControlPipe.Answer(("start", _started), ("end", Now));
    }

    private void Drain()
    {
        foreach (FlowSubscriber subscriber in _subscribers)
            if (subscriber.Received < PublishedIn(subscriber.Group)) return;
        _lastOfPhase = _lastReceived;
        foreach (FlowSubscriber subscriber in _subscribers) subscriber.Fence();
        _phase = FlowPhase.Checking;
    }

    private void Check()
    {
        foreach (FlowSubscriber subscriber in _subscribers)
            if (!subscriber.IsFenced) return;
        foreach (FlowSubscriber subscriber in _subscribers) subscriber.CheckExactly(PublishedIn(subscriber.Group));
        _phase = FlowPhase.Idle;
        ControlPipe.Answer(("last", _lastOfPhase));
    }

    private string Stalled()
    {
        if (_phase != FlowPhase.Draining) return $"stalled: nothing moved for {_shape.StallMilliseconds} ms while {_phase}";
        FlowSubscriber last = _subscribers.MinBy(s => s.Received - PublishedIn(s.Group))!;
        return $"stalled: subscriber {last.Slot} has received {last.Received} of {PublishedIn(last.Group)} messages";
    }

    public override void Dispose()
    {
        foreach (FlowPublisher publisher in _publishers) publisher.Connection.Dispose();
        foreach (FlowSubscriber subscriber in _subscribers) subscriber.Connection.Dispose();
        _counters.Dispose();
        base.Dispose();
    }

    private enum FlowPhase { Idle, Publishing, Fencing, Draining, Checking }
}
