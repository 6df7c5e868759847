namespace DotNats.JetStream.Streams;

/// <summary>Removes messages; the result is how many.</summary>
/// <param name="filter">Subject or wildcard; empty for all.</param>
/// <param name="before">Only those with a lower sequence; 0 for no bound.</param>
/// <param name="keep">As many of the last matching ones stay; 0 for none.</param>
internal sealed class PurgeCommand(byte[] filter, ulong before, ulong keep) : StreamCommand<ulong>
{
    protected override ulong Run(StreamMachine machine, long now) => machine.Purge(filter, before, keep);
}
