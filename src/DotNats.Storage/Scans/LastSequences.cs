using System.Numerics;

namespace DotNats.Storage;

/// <summary>The last sequences of the subjects of a set, gone through in the order of their numbers.</summary>
internal readonly ref struct LastSequences(SubjectIndex index, SubjectSet subjects)
{
    /// <summary>How many are not before a sequence; false where one has to be looked for.</summary>
    public bool TryCount(ulong from, out ulong count)
    {
        count = 0;
        var walk = new EntryWalk(index.Tree, subjects);
        while (walk.MoveNext())
        {
            ReadOnlySpan<SubjectEntry> entries = walk.Entries;
            for (ulong left = walk.Subjects; left != 0; left &= left - 1)
            {
                ref readonly SubjectEntry entry = ref entries[BitOperations.TrailingZeroCount(left)];
                if (entry.Last < from) continue;
                if (entry.IsLastStale) return false;
                count++;
            }
        }

        return true;
    }

    /// <summary>All of them; false where one has to be looked for.</summary>
    /// <param name="least">None is less.</param>
    /// <param name="greatest">None is greater.</param>
    public bool TryList(ulong least, ulong greatest, out SequenceList list)
    {
        list = SequenceList.Empty;
        var builder = new SequenceListBuilder(least, greatest);
        var walk = new EntryWalk(index.Tree, subjects);
        while (walk.MoveNext())
        {
            if (!TryAdd(ref builder, walk.Entries, walk.Subjects)) return false;
        }

        list = builder.Build();
        return true;
    }

    // Sequences that follow each other closely are added together.
    private static bool TryAdd(ref SequenceListBuilder builder, ReadOnlySpan<SubjectEntry> entries, ulong subjects)
    {
        ulong at = entries[BitOperations.TrailingZeroCount(subjects)].Last >> 6;
        ulong bits = 0;
        for (; subjects != 0; subjects &= subjects - 1)
        {
            ref readonly SubjectEntry entry = ref entries[BitOperations.TrailingZeroCount(subjects)];
            if (entry.IsLastStale) return false;
            ulong word = entry.Last >> 6;
            if (word != at)
            {
                builder.AddWord(at, bits);
                (at, bits) = (word, 0);
            }

            bits |= 1UL << (int)(entry.Last & 63);
        }

        builder.AddWord(at, bits);
        return true;
    }
}
