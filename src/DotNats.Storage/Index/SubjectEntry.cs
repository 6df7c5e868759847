namespace DotNats.Storage;

/// <summary>What one subject has in a log.</summary>
// Owner: the SubjectTree, where it lies by the subject's number; everyone else has a copy.
// Invariant: First <= the sequence of every message of the subject <= Last; equal to the first (last) one unless stale.
internal struct SubjectEntry
{
    private const ulong FirstStale = 1UL << 63;
    private const ulong LastStale = 1UL << 62;
    private const ulong Irregular = 1UL << 61;
    private const ulong CountMask = Irregular - 1;

    private ulong _count;

    /// <summary>First sequence; where <see cref="IsFirstStale"/>, one that is not greater.</summary>
    public ulong First;

    /// <summary>Last sequence; where <see cref="IsLastStale"/>, one that is not less.</summary>
    public ulong Last;

    public SubjectEntry(ulong count, ulong first, ulong last, bool isIrregular = false)
    {
        _count = (count & CountMask) | (isIrregular ? Irregular : 0);
        First = first;
        Last = last;
    }

    /// <summary>Number of messages.</summary>
    public readonly ulong Count => _count & CountMask;

    /// <summary>The first message was removed, and nobody looked for the next yet.</summary>
    public readonly bool IsFirstStale => (_count & FirstStale) != 0;

    /// <summary>The last message was removed, and nobody looked for the one before yet.</summary>
    public readonly bool IsLastStale => (_count & LastStale) != 0;

    /// <summary>The subject has an empty token: no filter with tokens matches it.</summary>
    public readonly bool IsIrregular => (_count & Irregular) != 0;

    public void Add(ulong sequence)
    {
        _count++;
        if (sequence > Last) SetLast(sequence);
        if (sequence < First) SetFirst(sequence);
    }

    public void Remove(ulong sequence)
    {
        _count--;
        if (Count == 1)
        {
            // One is left: it is the other end, where that is known.
            if (!IsLastStale && sequence != Last)
            {
                SetFirst(Last);
                return;
            }

            if (!IsFirstStale && sequence != First)
            {
                SetLast(First);
                return;
            }
        }

        if (sequence == First)
        {
            First++;
            _count |= FirstStale;
        }

        if (sequence == Last)
        {
            Last--;
            _count |= LastStale;
        }
    }

    /// <summary>Says that bounds are only bounds, as an index that was read says of it.</summary>
    public void MarkStale(bool isFirst, bool isLast) => _count |= (isFirst ? FirstStale : 0) | (isLast ? LastStale : 0);

    public void SetFirst(ulong sequence)
    {
        First = sequence;
        _count &= ~FirstStale;
    }

    public void SetLast(ulong sequence)
    {
        Last = sequence;
        _count &= ~LastStale;
    }
}
