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

    /// <summary>Messages are counted; first and last are still to be found.</summary>
    public bool IsCounted;

    public SubjectState State;

    public PendingScan(ulong from, MessageFilter filter)
    {
        From = from;
        Filter = filter;
    }

    public ulong From { get; }

    public MessageFilter Filter { get; }
}
