namespace DotNats.JetStream.Origins;

/// <summary>Positions of one source that a crash may go back to: the newest, and those before it up to one that is safe.</summary>
// Owner: the origin. Invariant: ascending by At; at most one of them is known to be safe, the first.
internal sealed class SourceHistory
{
    private readonly List<SourcePosition> _positions = [];

    /// <summary>All of them, the newest last.</summary>
    public SourcePosition[] All => [.. _positions];

    /// <summary>Of the origin, in the newest.</summary>
    public string Identity => _positions.Count == 0 ? "" : _positions[^1].Identity;

    /// <summary>Begins with what was kept.</summary>
    public void Begin(ReadOnlySpan<SourcePosition> kept)
    {
        _positions.Clear();
        foreach (SourcePosition position in kept) _positions.Add(position);
    }

    /// <summary>Adds what is true now.</summary>
    /// <param name="safe">Sequence of the copying stream up to which nothing can be lost any more.</param>
    public void Add(in SourcePosition now, ulong safe)
    {
        if (_positions.Count > 0 && _positions[^1].At == now.At) _positions[^1] = now;
        else _positions.Add(now);
        int first = _positions.FindLastIndex(position => position.At <= safe);
        if (first > 0) _positions.RemoveRange(0, first);
    }
}
