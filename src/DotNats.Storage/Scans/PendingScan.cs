namespace DotNats.Storage;

/// <summary>How far a count of messages has come.</summary>
// Owner: who counts, who disposes it when done.
internal ref struct PendingScan
{
    /// <summary>Where it goes on.</summary>
    public Scan Scan;

    /// <summary>The last sequence that is counted; set with the first step.</summary>
    public ulong Last;

    /// <summary>Counting started.</summary>
    public bool IsStarted;

    /// <summary>What subjects' numbers were when it started: with others it begins again.</summary>
    public int Order;

    /// <summary>Messages of subjects that lie wholly behind <see cref="From"/>.</summary>
    public ulong Sure;

    /// <summary>Subjects with messages on both sides, whose messages are to be looked at; null for none.</summary>
    public SubjectSet? Split;

    /// <summary>All messages that those subjects have.</summary>
    public ulong SplitMessages;

    /// <summary>Only those have messages between <see cref="Scan"/>'s place and <see cref="UpTo"/> that match.</summary>
    public bool IsAllSplit;

    /// <summary>The side before <see cref="From"/> is looked at, because it is shorter, and taken off the whole.</summary>
    public bool IsBefore;

    /// <summary>The end of what is looked at.</summary>
    public ulong UpTo;

    /// <summary>Messages found so far.</summary>
    public ulong Counted;

    /// <summary>Messages are counted; first and last are still to be found where they are wanted.</summary>
    public bool IsCounted;

    /// <summary>No message that matches is before or behind these.</summary>
    public (ulong First, ulong Last) Bounds;

    /// <summary>There is a message at the first, the last of the bounds.</summary>
    public (bool First, bool Last) IsThere;

    /// <summary>What goes on where a block's subjects have no numbers yet; null for nothing.</summary>
    public BlockNumbering? Numbering;

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

    public void Restart()
    {
        Dispose();
        this = new PendingScan(From, Filter, WantsEnds);
    }

    public void Dispose()
    {
        Split?.Dispose();
        Split = null;
    }
}
