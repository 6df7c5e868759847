using System.Numerics;

namespace DotNats.Storage;

/// <summary>What the subjects of a set have together.</summary>
internal ref struct SubjectSum
{
    /// <summary>Number of messages.</summary>
    public ulong Messages;

    /// <summary>The lowest <see cref="SubjectEntry.First"/>; <see cref="ulong.MaxValue"/> without messages.</summary>
    public ulong First = ulong.MaxValue;

    /// <summary>The greatest <see cref="SubjectEntry.Last"/>; 0 without messages.</summary>
    public ulong Last;

    /// <summary>There is no message at the first: it is a bound.</summary>
    public bool IsFirstStale;

    /// <summary>There is no message at the last: it is a bound.</summary>
    public bool IsLastStale;

    public SubjectSum(SubjectIndex index, SubjectSet subjects)
    {
        var walk = new EntryWalk(index.Tree, subjects);
        while (walk.MoveNext()) Add(walk.Entries, walk.Subjects);
    }

    private void Add(ReadOnlySpan<SubjectEntry> entries, ulong subjects)
    {
        for (; subjects != 0; subjects &= subjects - 1)
        {
            ref readonly SubjectEntry entry = ref entries[BitOperations.TrailingZeroCount(subjects)];
            Messages += entry.Count;
            if (entry.First < First) (First, IsFirstStale) = (entry.First, entry.IsFirstStale);
            if (entry.Last > Last) (Last, IsLastStale) = (entry.Last, entry.IsLastStale);
        }
    }
}
