using System.Numerics;

namespace DotNats.Storage;

/// <summary>Tells apart subjects whose messages lie behind a sequence, before it, and on both sides.</summary>
/// <param name="from">Counts as behind.</param>
internal ref struct PendingOrder(ulong from)
{
    /// <summary>Messages that are known to lie behind.</summary>
    public ulong Sure;

    /// <summary>All messages of subjects that have some on both sides.</summary>
    public ulong SplitMessages;

    /// <summary>Those subjects have no message before this one.</summary>
    public ulong SplitFirst = ulong.MaxValue;

    /// <summary>Those subjects have no message after this one.</summary>
    public ulong SplitLast;

    /// <summary>Subjects with something behind have no message before this one.</summary>
    public ulong First = ulong.MaxValue;

    /// <summary>No subject has a message after this one.</summary>
    public ulong Last;

    /// <summary>There is no message at the first: it is a bound.</summary>
    public bool IsFirstStale;

    /// <summary>There is no message at the last: it is a bound.</summary>
    public bool IsLastStale;

    private readonly ulong _from = from;

    /// <summary>Looks at the subjects of one word and returns those with messages on both sides.</summary>
    /// <param name="entries">What they have, by bit.</param>
    public ulong Add(ReadOnlySpan<SubjectEntry> entries, ulong subjects)
    {
        ulong split = 0;
        for (; subjects != 0; subjects &= subjects - 1)
        {
            int bit = BitOperations.TrailingZeroCount(subjects);
            ref readonly SubjectEntry entry = ref entries[bit];
            if (entry.Last < _from) continue;
            if (entry.First < First) (First, IsFirstStale) = (entry.First, entry.IsFirstStale);
            if (entry.Last > Last) (Last, IsLastStale) = (entry.Last, entry.IsLastStale);
            if (entry.First >= _from)
            {
                Sure += entry.Count;
            }
            else if (entry is { Count: 2, IsFirstStale: false, IsLastStale: false })
            {
                // Of two that are known, one lies on each side.
                Sure++;
            }
            else
            {
                split |= 1UL << bit;
                SplitMessages += entry.Count;
                SplitFirst = Math.Min(SplitFirst, entry.First);
                SplitLast = Math.Max(SplitLast, entry.Last);
            }
        }

        return split;
    }
}
