using DotNats.Primitives;

namespace DotNats.JetStream.Streams;

/// <summary>
/// Decides the order in which things happen to a stream: what is proposed comes back to the stream's machine, once, in the decided order, with
/// the time that counts for it.
/// </summary>
/// <remarks>Rules and storage see decided commands only: whether one server decides or a majority of several makes no difference to them.</remarks>
// Owner: the stream. Proposals come from the stream's runner alone.
internal interface ICommandOwner
{
    /// <summary>Proposes to store messages; the batch stays the runner's and is decided on, or copied, when this returns.</summary>
    void Propose(RecordBatch messages);

    void Propose(StreamCommand command);
}

/// <summary>The only server there is: what it proposes is decided.</summary>
// Owner: the stream's runner.
internal sealed class LocalCommandOwner(StreamMachine machine, StreamClock clock) : ICommandOwner
{
    public void Propose(RecordBatch messages) => machine.Store(messages, clock.Next());

    public void Propose(StreamCommand command) => machine.Apply(command, clock.Next());
}
