using DotNats.JetStream.Consumers.State;

namespace DotNats.JetStream.Consumers;

/// <summary>Something to be done to a consumer, in its turn among acknowledgements and requests.</summary>
// Owner: whoever posts it until the runner takes it. Lifetime: one use.
internal abstract class ConsumerCommand
{
    /// <summary>The one posted before it; the queue's.</summary>
    public ConsumerCommand? Previous { get; set; }

    /// <summary>Does it. The runner's thread; a refusal is a result, not an exception.</summary>
    public abstract void Apply(DeliveryMachine machine);

    /// <summary>It will not be done: the consumer has ended.</summary>
    public virtual void Refuse()
    {
        // Nobody waits.
    }
}

/// <summary>A command that somebody waits for.</summary>
/// <typeparam name="T">What comes of it.</typeparam>
internal abstract class ConsumerCommand<T> : ConsumerCommand
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="ConsumerGoneException">The consumer has ended before.</exception>
    public Task<T> Completion => _completion.Task;

    public void Complete(T result) => _completion.TrySetResult(result);

    public override void Refuse() => _completion.TrySetException(new ConsumerGoneException());
}

/// <summary>The consumer has ended before it could do what it was asked to.</summary>
internal sealed class ConsumerGoneException() : Exception("consumer is gone");

internal sealed class DescribeCommand : ConsumerCommand<ConsumerSnapshot>
{
    public override void Apply(DeliveryMachine machine) => machine.Describe(this);
}

internal sealed class BackUpCommand : ConsumerCommand<StoredConsumerState>
{
    public override void Apply(DeliveryMachine machine) => Complete(StoredConsumerState.Of(machine.State));
}

internal sealed class UpdateCommand(ConsumerConfig config) : ConsumerCommand<bool>
{
    public override void Apply(DeliveryMachine machine)
    {
        machine.Update(config);
        Complete(true);
    }
}

internal sealed class UnpinCommand(string group) : ConsumerCommand<bool>
{
    public override void Apply(DeliveryMachine machine) => Complete(machine.Unpin(group));
}

internal sealed class ResetCommand(ulong sequence) : ConsumerCommand<ResetOutcome>
{
    public override void Apply(DeliveryMachine machine) => Complete(machine.Reset(sequence));
}

/// <summary>The stream has counted what is left.</summary>
internal sealed class CountedCommand(ConsumerInterest interest, long counted) : ConsumerCommand
{
    public override void Apply(DeliveryMachine machine) => machine.OnCounted(interest, counted);
}

/// <summary>The stream counts by other filters.</summary>
internal sealed class ReplacedCommand(ConsumerInterest interest, ConsumerStart start) : ConsumerCommand
{
    public override void Apply(DeliveryMachine machine) => machine.OnReplaced(interest, in start);
}

/// <summary>Messages of the stream were purged.</summary>
internal sealed class PurgedCommand(ulong first, bool isWider) : ConsumerCommand
{
    public override void Apply(DeliveryMachine machine) => machine.OnPurged(first, isWider);
}

/// <summary>The stream keeps no more than what consumers need from now on.</summary>
internal sealed class RetentionCommand : ConsumerCommand
{
    public override void Apply(DeliveryMachine machine) => machine.OnRetentionBegun();
}

/// <summary>The stream did what follows from acknowledgements: who waits is told once the consumer's state is kept too.</summary>
internal sealed class AnswerCommand(AnswerBatch answers) : ConsumerCommand
{
    public override void Apply(DeliveryMachine machine) => machine.Answer(answers);

    public override void Refuse() => answers.Clear();
}
