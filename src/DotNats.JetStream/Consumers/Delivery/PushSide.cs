using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>What a push consumer has beside its messages: who listens, flow control, heartbeats.</summary>
// Owner: the consumer's runner.
internal sealed class PushSide
{
    private readonly Account _account;
    private readonly Action _wake;
    private readonly StatusLines _statuses;
    private readonly FlowControl? _flow;
    private readonly long _heartbeat;
    private readonly bool _flowAcknowledges;
    private long _nextHeartbeat;

    /// <param name="flowPrefix">What subjects of answers to flow control begin with.</param>
    public PushSide(Account account, string flowPrefix, ConsumerConfig config, Action wake)
    {
        _account = account;
        _statuses = new StatusLines(account);
        _wake = wake;
        _heartbeat = config.HeartbeatNanoseconds;
        _flowAcknowledges = config.AckPolicy == AckPolicy.FlowControl;
        if (config.FlowControl) _flow = new FlowControl(flowPrefix);
        Target = new PushTarget(account, config, wake);
    }

    public PushTarget Target { get; private set; }

    public bool IsStalled => _flow is { IsStalled: true };

    /// <summary>When <see cref="Beat"/> has something to say; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue => _heartbeat > 0 && Target.IsActive ? _nextHeartbeat : long.MaxValue;

    /// <summary>Sends elsewhere from now on, where that changed; true where it did.</summary>
    // Compat: where only the group changes nothing is delivered again, and those of the former group count as listeners too.
    public bool Update(ConsumerConfig before, ConsumerConfig config)
    {
        if (before.DeliverSubject == config.DeliverSubject)
        {
            if (before.DeliverGroup != config.DeliverGroup) Target.Admit(config.DeliverGroup);
            return false;
        }

        Target.Stop();
        Target = new PushTarget(_account, config, _wake);
        Target.Start();
        return true;
    }

    /// <summary>Looks who listens; true where that has changed.</summary>
    public bool Refresh(long now)
    {
        if (!Target.Refresh()) return false;
        _nextHeartbeat = StreamClock.After(now, _heartbeat);
        return true;
    }

    /// <summary>A message was sent.</summary>
    /// <param name="bytes">Of deliver subject, acknowledgement subject, headers and payload.</param>
    /// <param name="isFull">As much is unacknowledged as may be.</param>
    public void OnSent(DeliveryContext context, int bytes, bool isFull, long now)
    {
        _nextHeartbeat = StreamClock.After(now, _heartbeat);
        if (_flow is not null && _flow.OnSent(bytes, isFull && _flowAcknowledges)) Ask(context);
    }

    /// <summary>Says that the consumer is there, where nothing was said for long enough.</summary>
    public void Beat(DeliveryContext context, ConsumerState state, long now)
    {
        if (now < NextDue) return;
        _nextHeartbeat = StreamClock.After(now, _heartbeat);
        _statuses.SendHeartbeat(context, Target.Subject, state.Delivered.Consumer, state.NextSequence - 1, _flow?.Awaited);
        // Compat: where answers are what acknowledges, what is left at the end has to be asked for.
        if (_flowAcknowledges && state.PendingCount > 0 && _flow is { Awaited: null }) Ask(context);
    }

    /// <summary>An answer to flow control came; false for one that nobody waits for.</summary>
    public bool TryAnswer(ReadOnlySpan<byte> subject) => _flow is not null && _flow.TryAnswer(subject);

    private void Ask(DeliveryContext context) => _statuses.SendFlowControl(context, Target.Subject, _flow!.Ask());
}
