using System.Runtime.CompilerServices;

namespace DotNats.Storage;

/// <summary>
/// Subjects of a log, each with the number of its messages and its first and last sequence. Small and quiet: about 64 bytes for a subject of
/// 24, in a few large arrays, and nothing is allocated for a message of a known subject.
/// </summary>
// Owner: one log, under its gate. Lifetime: the log's; what was handed out by reference is valid until the index changes.
// Invariant: every subject here has at least one message. First and last are those of the messages, or bounds where an entry says it is stale:
// only the log can look for the message that became first or last when another was removed.
internal sealed class SubjectIndex
{
    /// <summary>Bytes of the longest subject: what a record in a file can hold.</summary>
    public const int LongestSubject = ushort.MaxValue;

    // Below this nobody misses the memory.
    private const int CompactsFromBytes = 64 * 1024;

    private readonly SubjectWalk _walk;

    public SubjectIndex() => _walk = new SubjectWalk(this);

    /// <summary>Number of subjects.</summary>
    public int Count => Tree.Count;

    /// <summary>Some subject has an empty token, so <c>&gt;</c> does not match all.</summary>
    public bool HasIrregular => Tree.IrregularCount > 0;

    /// <summary>Bytes of the arrays behind it.</summary>
    public long HeldBytes => Tree.HeldBytes;

    /// <summary>Bytes of them that are in use.</summary>
    public long UsedBytes => Tree.UsedBytes;

    /// <summary>All subjects' numbers are less.</summary>
    public int Numbers => Tree.Numbers;

    internal SubjectTree Tree { get; } = new();

    /// <summary>Looks up one subject, exactly.</summary>
    public bool TryGet(ReadOnlySpan<byte> subject, out SubjectEntry entry)
    {
        ref SubjectEntry found = ref Tree.Find(subject);
        bool isFound = !Unsafe.IsNullRef(ref found);
        entry = isFound ? found : default;
        return isFound;
    }

    /// <summary>Counts one message more.</summary>
    /// <param name="subject">At most <see cref="LongestSubject"/> bytes.</param>
    /// <returns>What the subject has now.</returns>
    public SubjectEntry Add(ReadOnlySpan<byte> subject, ulong sequence) => Add(subject, sequence, out _);

    /// <param name="lastBefore">The last sequence the subject had; 0 for none.</param>
    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ulong)"/>
    public SubjectEntry Add(ReadOnlySpan<byte> subject, ulong sequence, out ulong lastBefore)
    {
        ref SubjectEntry found = ref Tree.Find(subject, raiseTo: sequence);
        bool isKnown = !Unsafe.IsNullRef(ref found);
        lastBefore = isKnown ? found.Last : 0;
        if (!isKnown) return Insert(subject, 1, sequence, sequence);
        found.Add(sequence);
        return found;
    }

    /// <summary>Puts a subject in as it was when it was read out.</summary>
    /// <param name="count">At least 1.</param>
    public void Load(ReadOnlySpan<byte> subject, ulong count, ulong first, ulong last)
    {
        Remove(subject);
        Insert(subject, count, first, last);
    }

    /// <summary>Counts one message less; nothing happens where the subject is not known.</summary>
    /// <returns>What the subject has now; a count of 0 where it is gone.</returns>
    public SubjectEntry Remove(ReadOnlySpan<byte> subject, ulong sequence)
    {
        ref SubjectEntry found = ref Tree.Find(subject);
        if (Unsafe.IsNullRef(ref found)) return default;
        if (found.Count > 1)
        {
            found.Remove(sequence);
            return found;
        }

        TakeOut(subject);
        return default;
    }

    /// <summary>Removes a subject with all its messages; false where it is not known.</summary>
    public bool Remove(ReadOnlySpan<byte> subject)
    {
        if (Unsafe.IsNullRef(ref Tree.Find(subject))) return false;
        TakeOut(subject);
        return true;
    }

    /// <summary>Only the newest message of a known subject is left.</summary>
    public void LeaveOne(ReadOnlySpan<byte> subject)
    {
        ref SubjectEntry entry = ref Tree.Find(subject);
        entry = new SubjectEntry(1, entry.Last, entry.Last, entry.IsIrregular) { Number = entry.Number };
    }

    /// <summary>A stale bound of a known subject is known to be closer.</summary>
    public void Narrow(ReadOnlySpan<byte> subject, ulong bound, bool isFirst)
    {
        ref SubjectEntry entry = ref Tree.Find(subject);
        if (isFirst) entry.First = bound;
        else entry.Last = bound;
    }

    /// <summary>Says what the first message of a known subject is, after it was looked for.</summary>
    public void SetFirst(ReadOnlySpan<byte> subject, ulong sequence) => Tree.Find(subject).SetFirst(sequence);

    /// <summary>Says what the last message of a known subject is, after it was looked for.</summary>
    public void SetLast(ReadOnlySpan<byte> subject, ulong sequence) => Tree.Find(subject).SetLast(sequence);

    /// <summary>Number of subjects that a filter matches.</summary>
    /// <param name="filter">Subject or wildcard; empty for all.</param>
    public int CountMatches(ReadOnlySpan<byte> filter) => filter.IsEmpty ? Count : _walk.Count(filter);

    public void Clear() => Tree.Clear();

    private SubjectEntry Insert(ReadOnlySpan<byte> subject, ulong count, ulong first, ulong last)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subject.Length, LongestSubject);
        var entry = new SubjectEntry(count, first, last, HasEmptyToken(subject)) { Number = Tree.TakeNumber() };
        Tree.Insert(subject, entry);
        return entry;
    }

    private void TakeOut(ReadOnlySpan<byte> subject)
    {
        if (Tree.Count == 1)
        {
            Tree.Clear();
            return;
        }

        Tree.Remove(subject);
        // Amortized: three quarters went since it was full.
        if (Tree.HeldBytes > CompactsFromBytes && Tree.UsedBytes < Tree.HeldBytes / 4) Tree.Compact();
    }

    private static bool HasEmptyToken(ReadOnlySpan<byte> subject) =>
        subject.IsEmpty || subject[0] == (byte)'.' || subject[^1] == (byte)'.' || subject.IndexOf(".."u8) >= 0;
}
