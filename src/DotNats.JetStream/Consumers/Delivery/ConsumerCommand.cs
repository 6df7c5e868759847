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
    public abstract void Refuse();
}

/// <summary>A command that somebody waits for.</summary>
/// <typeparam name="T">What comes of it.</typeparam>
internal abstract class ConsumerCommand<T> : ConsumerCommand
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="ConsumerGoneException">The consumer has ended before.</exception>
    public Task<T> Completion => _completion.Task;

    public override void Apply(DeliveryMachine machine) => _completion.TrySetResult(Run(machine));

    public override void Refuse() => _completion.TrySetException(new ConsumerGoneException());

    protected abstract T Run(DeliveryMachine machine);
}

/// <summary>The consumer has ended before it could do what it was asked to.</summary>
internal sealed class ConsumerGoneException() : Exception("consumer is gone");

internal sealed class DescribeCommand : ConsumerCommand<ConsumerSnapshot>
{
    protected override ConsumerSnapshot Run(DeliveryMachine machine) => machine.Describe();
}

internal sealed class UpdateCommand(ConsumerConfig config) : ConsumerCommand<bool>
{
    protected override bool Run(DeliveryMachine machine)
    {
        machine.Update(config);
        return true;
    }
}

internal sealed class UnpinCommand(string group) : ConsumerCommand<bool>
{
    protected override bool Run(DeliveryMachine machine) => machine.Unpin(group);
}

internal sealed class ResetCommand(ulong sequence) : ConsumerCommand<ResetOutcome>
{
    protected override ResetOutcome Run(DeliveryMachine machine) => machine.Reset(sequence);
}
