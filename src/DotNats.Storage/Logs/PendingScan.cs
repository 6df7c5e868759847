namespace DotNats.Storage;

/// <summary>How far a count of messages has come.</summary>
internal ref struct PendingScan
{
    /// <summary>Where it goes on.</summary>
    public Scan Scan;

    /// <summary>The last sequence that is counted; set with the first step.</summary>
    public ulong Last;

    /// <summary>Counting started.</summary>
    public bool IsStarted;

    /// <summary>Those before <see cref="From"/> are counted, because they are fewer, and taken off the whole.</summary>
    public bool IsBefore;

    /// <summary>Messages counted.</summary>
    public ulong Counted;

    /// <summary>Messages are counted; first and last are still to be found where they are wanted.</summary>
    public bool IsCounted;

    /// <summary>No message that matches is before or behind these.</summary>
    public (ulong First, ulong Last) Bounds;

    public SubjectState State;

    /// <param name="wantsEnds">The first and the last are asked for, and not only how many there are.</param>
    public PendingScan(ulong from, MessageFilter filter, bool wantsEnds)
    {
        From = from;
        Filter = filter;
        WantsEnds = wantsEnds;
    }

    public ulong From { get; }

    public bool WantsEnds { get; }

    public MessageFilter Filter { get; }
}
