using DotNats.JetStream.Streams;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>Something of a consumer's that has to be done in its stream's turn, so that nothing is stored or removed meanwhile; it waits for no disk.</summary>
/// <typeparam name="T">What comes of it.</typeparam>
internal abstract class StreamSideCommand<T> : StreamCommand
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="StreamGoneException">The stream has ended or failed before.</exception>
    public Task<T> Completion => _completion.Task;

    public override void Apply(StreamMachine machine, long now)
    {
        try
        {
            _completion.TrySetResult(Run(machine));
        }
        catch (IOException exception)
        {
            _completion.TrySetException(exception);
        }
    }

    public override void OnCommitted(DeliveryContext context, Account account)
    {
        // It was done when it was its turn.
    }

    public override void OnFailed(DeliveryContext context, Account account)
    {
        // It was done when it was its turn.
    }

    public override void Refuse() => _completion.TrySetException(new StreamGoneException());

    protected abstract T Run(StreamMachine machine);
}

/// <summary>What a consumer knows of its stream when it begins.</summary>
/// <param name="Counted">Messages to deliver, less what the stream had counted for it.</param>
internal readonly record struct ConsumerStart(StartingPoint Point, long Counted);

/// <summary>Begins to count and wake for a consumer, in the place of what it wanted before.</summary>
/// <param name="before">What it wanted; null for one that begins.</param>
/// <param name="point">Where it is; null where that is to be chosen.</param>
/// <param name="debts">What it had not settled when it stopped; null for one that is new.</param>
internal sealed class AttachCommand(ConsumerInterest interest, ConsumerInterest? before, StartingPoint? point, ConsumerDebts? debts) : StreamSideCommand<ConsumerStart>
{
    protected override ConsumerStart Run(StreamMachine machine)
    {
        LiveStream stream = machine.Stream;
        StartingPoint start = point ?? StartingPoint.Find(machine.Log, interest.Consumer.Config, interest.Filters, stream.Config);
        interest.Begin(in start);
        if (before is not null) stream.Wakeups.Remove(before);
        if (before is not null) interest.TakeNeeds(before);
        // What is kept by limits nobody removes for want of need; where that changes, the consumer says what it needs (NeedsCommand).
        else if (debts is not null && stream.Config.Retention == RetentionPolicy.Limits) interest.BeginNeeds(debts);
        else if (debts is not null) interest.RestoreNeeds(machine.Log, debts);
        else interest.Needs.RaiseFloor(start.Sequence - 1);
        stream.Wakeups.Add(interest);
        if (interest.IsForCopies) machine.WatchForSafety();
        // What it wants no more, perhaps nobody does.
        if (before is not null && stream.Config.Retention == RetentionPolicy.Interest) stream.Retention.Sweep(machine.Log, interest.Needs.Floor + 1);
        // Compat: one that goes on is given everything behind where it was, and counts one message of each subject.
        bool lastPerSubject = point is not null && interest.Consumer.Config.DeliverPolicy == DeliverPolicy.LastPerSubject;
        return new ConsumerStart(start, interest.Count(machine.Log, stream.Wakeups, lastPerSubject));
    }
}

/// <summary>Counts again what a consumer has still to deliver.</summary>
internal sealed class CountCommand(ConsumerInterest interest) : StreamSideCommand<long>
{
    protected override long Run(StreamMachine machine) => interest.Count(machine.Log, machine.Stream.Wakeups);
}

/// <summary>Counts and wakes for a consumer no more; what only it wanted goes with it where it is deleted.</summary>
internal sealed class DetachCommand(ConsumerInterest interest, ConsumerEnd end) : StreamSideCommand<bool>
{
    protected override bool Run(StreamMachine machine)
    {
        LiveStream stream = machine.Stream;
        stream.Wakeups.Remove(interest);
        if (end == ConsumerEnd.Deleted && stream.Config.Retention == RetentionPolicy.Interest) stream.Retention.Sweep(machine.Log, interest.Needs.Floor + 1);
        return true;
    }
}

/// <summary>Says what a consumer still needs of a stream that keeps no more than is needed.</summary>
internal sealed class NeedsCommand(ConsumerInterest interest, ConsumerDebts debts) : StreamSideCommand<bool>
{
    protected override bool Run(StreamMachine machine)
    {
        interest.RestoreNeeds(machine.Log, debts);
        machine.Stream.Retention.Sweep(machine.Log, 0);
        return true;
    }
}

/// <summary>
/// Removes what consumers settled before the server was killed and the stream had not removed yet. All of its consumers are attached: nothing is removed on doubt.
/// </summary>
internal sealed class SweepCommand : StreamSideCommand<bool>
{
    protected override bool Run(StreamMachine machine)
    {
        machine.Stream.Retention.SweepDelivered(machine.Log);
        return true;
    }
}
