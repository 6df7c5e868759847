namespace DotNats.Storage;

/// <summary>Sums what all subjects have that a filter matches. Made once, used again and again.</summary>
// Owner: whoever owns the index.
internal sealed class SubjectSum(SubjectIndex index)
{
    private readonly SubjectSweep _sweep = new(index);

    /// <summary>Number of messages.</summary>
    public ulong Messages { get; private set; }

    /// <summary>The lowest <see cref="SubjectEntry.First"/>; <see cref="ulong.MaxValue"/> without messages.</summary>
    public ulong First { get; private set; }

    /// <summary>The greatest <see cref="SubjectEntry.Last"/>; 0 without messages.</summary>
    public ulong Last { get; private set; }

    /// <param name="filter">Subject or wildcard; empty for all.</param>
    public void Run(ReadOnlySpan<byte> filter)
    {
        (Messages, First, Last) = (0, ulong.MaxValue, 0);
        _sweep.Start(filter);
        while (_sweep.MoveNext())
        {
            ref SubjectEntry entry = ref _sweep.Entry;
            Messages += entry.Count;
            if (entry.First < First) First = entry.First;
            if (entry.Last > Last) Last = entry.Last;
        }
    }
}
