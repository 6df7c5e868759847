using System.Numerics;
using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>Goes through what the subjects of a set have, in the order of their numbers, those of one word of the set at a time.</summary>
/// <remarks>
/// Entries that are wanted here and there are not in the processor's cache, and what is done with one keeps it from asking for the next: 45 ns for each. Those of a page are
/// looked at once before, so that their memory is waited for together; where many are wanted, in the order in which it lies: that is seen coming.
/// </remarks>
// Owner: who counts. Lifetime: until the tree or the set changes.
internal ref struct EntryWalk
{
    // So many of a page's, and it takes less to fetch all of it; where most are wanted, they are fetched in that order anyway.
    private const int ManyOfPage = GrowingArray<SubjectEntry>.PageSize / 8;
    private const int MostOfPage = GrowingArray<SubjectEntry>.PageSize / 2;

    // Bytes that are fetched together.
    private const int LineBytes = 64;

    private readonly SubjectTree _tree;
    private readonly ReadOnlySpan<ulong> _words;
    private ReadOnlySpan<SubjectEntry> _page;

    public EntryWalk(SubjectTree tree, SubjectSet subjects)
    {
        _tree = tree;
        _words = subjects.UsedWords;
        Word = -1;
    }

    /// <summary>The word of the set arrived at.</summary>
    public int Word { get; private set; }

    /// <summary>A bit for each of its subjects that is in the set.</summary>
    public ulong Subjects { get; private set; }

    /// <summary>What they have, by bit; what stands at others says nothing.</summary>
    public readonly ReadOnlySpan<SubjectEntry> Entries => _page[(Word % SubjectSet.WordsOfPage << 6)..];

    /// <summary>Means nothing: what came of having memory on its way.</summary>
    public ulong Touched { get; private set; }

    public bool MoveNext()
    {
        while (++Word < _words.Length)
        {
            if (Word % SubjectSet.WordsOfPage == 0) EnterPage(Word / SubjectSet.WordsOfPage);
            Subjects = _words[Word];
            if (Subjects != 0) return true;
        }

        return false;
    }

    private void EnterPage(int page)
    {
        _page = _tree.EntriesOf(page);
        ReadOnlySpan<ulong> words = _words[Word..Math.Min(_words.Length, Word + SubjectSet.WordsOfPage)];
        int wanted = 0;
        foreach (ulong word in words) wanted += BitOperations.PopCount(word);
        if (wanted is > 1 and < ManyOfPage) Touched += Touch(words, _page);
        else if (wanted is >= ManyOfPage and < MostOfPage) Touched += Touch(_page);
    }

    private static ulong Touch(ReadOnlySpan<SubjectEntry> entries)
    {
        ReadOnlySpan<ulong> all = MemoryMarshal.Cast<SubjectEntry, ulong>(entries);
        ulong sum = 0;
        for (int i = 0; i < all.Length; i += LineBytes / sizeof(ulong)) sum += all[i];
        return sum;
    }

    // Nothing here waits for what was looked at.
    private static ulong Touch(ReadOnlySpan<ulong> words, ReadOnlySpan<SubjectEntry> entries)
    {
        ulong sum = 0;
        for (int word = 0; word < words.Length; word++)
        {
            for (ulong left = words[word]; left != 0; left &= left - 1)
            {
                // An entry may begin in one line of the cache and end in the next.
                ref readonly SubjectEntry entry = ref entries[(word << 6) + BitOperations.TrailingZeroCount(left)];
                sum += entry.Count + entry.Last;
            }
        }

        return sum;
    }
}
