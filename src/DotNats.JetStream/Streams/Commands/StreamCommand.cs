using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>Something to be done to a stream, in its turn among published messages; done when it is as safe as a message would be.</summary>
// Owner: whoever posts it until the runner takes it. Lifetime: one use.
internal abstract class StreamCommand : CommitWaiter
{
    /// <summary>Does it. The runner's thread; a refusal is a result, not an exception.</summary>
    /// <param name="now">Nanoseconds since 1970, as decided for this command.</param>
    public abstract void Apply(StreamMachine machine, long now);

    /// <summary>It will not be done: the stream has ended or failed.</summary>
    public abstract void Refuse();
}

/// <summary>A command that somebody waits for.</summary>
/// <typeparam name="T">What comes of it.</typeparam>
internal abstract class StreamCommand<T> : StreamCommand
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    /// <summary>What came of it, once that is safe.</summary>
    /// <exception cref="StreamGoneException">The stream has ended or failed before.</exception>
    public Task<T> Completion => _completion.Task;

    public override void Apply(StreamMachine machine, long now) => _result = Run(machine, now);

    public override void OnCommitted(DeliveryContext context, Account account) => _completion.TrySetResult(_result!);

    public override void OnFailed(DeliveryContext context, Account account) => Refuse();

    public override void Refuse() => _completion.TrySetException(new StreamGoneException());

    protected abstract T Run(StreamMachine machine, long now);
}

/// <summary>The stream has ended or failed before it could do what it was asked to.</summary>
internal sealed class StreamGoneException() : Exception("stream is gone");
