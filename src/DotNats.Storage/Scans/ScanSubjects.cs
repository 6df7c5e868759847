namespace DotNats.Storage;

/// <summary>The few subjects that a filter with wildcards matched when a scan began, so that blocks are passed by that have none of them.</summary>
/// <param name="UpTo">The last sequence then: of later messages it knows nothing.</param>
/// <param name="All">Null where there were too many.</param>
internal sealed record ScanSubjects(ulong UpTo, ScanSubject[]? All)
{
    // More are matched against messages faster than against filters of blocks.
    private const int Most = 64;

    public static ScanSubjects Find(SubjectWalk walk, in MessageFilter filter, ulong upTo)
    {
        var found = new List<ScanSubject>();
        for (int i = 0; i < filter.Count; i++)
        {
            walk.Start(filter[i]);
            while (walk.MoveNext())
            {
                if (found.Count == Most) return new ScanSubjects(upTo, null);
                found.Add(new ScanSubject(SubjectHash.Of(walk.Subject), walk.Entry.First, walk.Entry.Last));
            }
        }

        return new ScanSubjects(upTo, [.. found]);
    }

    /// <summary>A block may have a message with one of them.</summary>
    public bool MayBeIn(Block block)
    {
        if (All is null || block.LastSequence > UpTo) return true;
        foreach (ScanSubject subject in All)
        {
            if (subject.First <= block.LastSequence && subject.Last >= block.FirstSequence && block.MayHave(subject.Hash)) return true;
        }

        return false;
    }
}

/// <summary>One subject of a scan; its messages lie between two sequences.</summary>
internal readonly record struct ScanSubject(uint Hash, ulong First, ulong Last);
