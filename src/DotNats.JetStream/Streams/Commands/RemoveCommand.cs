namespace DotNats.JetStream.Streams;

/// <summary>Removes one message; false where there is none.</summary>
/// <param name="erase">Also overwrites its bytes where they are stored.</param>
internal sealed class RemoveCommand(ulong sequence, bool erase) : StreamCommand<bool>
{
    protected override bool Run(StreamMachine machine, long now) => machine.Log.Remove(sequence, erase);
}
