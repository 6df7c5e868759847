using System.Runtime.CompilerServices;

namespace DotNats.Storage;

/// <summary>
/// Subjects of a log, each with the number of its messages and its first and last sequence. Small and quiet: about 80 bytes for a subject of
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

    // The tree is quick enough for less.
    private const int ColumnsFrom = 2048;
    private const int ColumnsUntil = 512;

    // Looked at together when columns are made: half a millisecond.
    private const int SubjectsAtOnce = 2048;

    private readonly SubjectWalk _walk;
    private SubjectSelector? _selector;
    private SubjectColumns? _columns;

    // Where making them has come to; done where there is none.
    private SubjectWalkPortion? _making;

    public SubjectIndex() => _walk = new SubjectWalk(this);

    /// <summary>Number of subjects.</summary>
    public int Count => Tree.Count;

    /// <summary>Some subject has an empty token, so <c>&gt;</c> does not match all.</summary>
    public bool HasIrregular => Tree.IrregularCount > 0;

    /// <summary>Bytes of the arrays behind it.</summary>
    public long HeldBytes => Tree.HeldBytes + (_columns?.HeldBytes ?? 0);

    /// <summary>Bytes of them that are in use.</summary>
    public long UsedBytes => Tree.UsedBytes;

    /// <summary>All subjects' numbers are less.</summary>
    public int Numbers => Tree.Numbers;

    /// <summary>Changes when subjects are given other numbers than they had.</summary>
    public int Numbering => Tree.Numbering;

    /// <summary>The tokens of all subjects as columns; null where there are few subjects, and until they are made (<see cref="MakeColumns"/>).</summary>
    public SubjectColumns? Columns => _making is null ? _columns : null;

    /// <summary>So many branches and leaves are looked at before columns are compared: a small part of what that takes, as each is waited for.</summary>
    public int FewVisits => 64 + (Tree.Numbers >> 12);

    internal SubjectTree Tree { get; } = new();

    // Made for the first who counts: nobody does in most logs.
    private SubjectSelector Selector => _selector ??= new SubjectSelector(this);

    /// <summary>Looks up one subject, exactly.</summary>
    public bool TryGet(ReadOnlySpan<byte> subject, out SubjectEntry entry)
    {
        ref SubjectEntry found = ref Tree.Find(subject);
        bool isFound = !Unsafe.IsNullRef(ref found);
        entry = isFound ? found : default;
        return isFound;
    }

    /// <summary>The number of a subject; false where it is not known.</summary>
    public bool TryGetNumber(ReadOnlySpan<byte> subject, out uint number) => !Unsafe.IsNullRef(ref Tree.Find(subject, 0, out number));

    /// <summary>Counts one message more.</summary>
    /// <param name="subject">At most <see cref="LongestSubject"/> bytes.</param>
    /// <returns>What the subject has now.</returns>
    public SubjectEntry Add(ReadOnlySpan<byte> subject, ulong sequence) => Add(subject, sequence, out _, out _);

    /// <param name="lastBefore">The last sequence the subject had; 0 for none.</param>
    /// <param name="number">The subject's.</param>
    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ulong)"/>
    public SubjectEntry Add(ReadOnlySpan<byte> subject, ulong sequence, out ulong lastBefore, out uint number)
    {
        ref SubjectEntry found = ref Tree.Find(subject, raiseTo: sequence, out number);
        if (!Unsafe.IsNullRef(ref found))
        {
            lastBefore = found.Last;
            found.Add(sequence);
            return found;
        }

        lastBefore = 0;
        SubjectEntry entry = Insert(subject, 1, sequence, sequence, out number);
        for (bool isFew = Count == ColumnsFrom && _columns is null; isFew;) isFew = MakeColumns();
        return entry;
    }

    /// <summary>Puts a subject in as it was when it was read out. Columns are made later.</summary>
    /// <param name="count">At least 1.</param>
    public void Load(ReadOnlySpan<byte> subject, ulong count, ulong first, ulong last)
    {
        Remove(subject);
        Insert(subject, count, first, last, out _);
    }

    /// <summary>Makes columns where they are worth it and not there, a portion of them; true where more is to be done.</summary>
    public bool MakeColumns()
    {
        if (_columns is null)
        {
            if (Count < ColumnsFrom) return false;
            (_columns, _making) = (new SubjectColumns(), new SubjectWalkPortion());
        }

        if (_making is not { } portion) return false;
        if (portion.IsStarted) _walk.Resume(default, portion.After);
        else _walk.Start(default);
        for (int left = SubjectsAtOnce; left > 0; left--)
        {
            if (!_walk.MoveNext())
            {
                _making = null;
                return false;
            }

            AddColumns(_walk.Number, _walk.Subject, _walk.Entry);
        }

        portion.Stop(_walk.Subject);
        _making = portion;
        return true;
    }

    /// <summary>Counts one message less; nothing happens where the subject is not known.</summary>
    /// <returns>What the subject has now; a count of 0 where it is gone.</returns>
    public SubjectEntry Remove(ReadOnlySpan<byte> subject, ulong sequence)
    {
        ref SubjectEntry found = ref Tree.Find(subject, 0, out uint number);
        if (Unsafe.IsNullRef(ref found)) return default;
        if (found.Count > 1)
        {
            found.Remove(sequence);
            return found;
        }

        TakeOut(subject, number);
        return default;
    }

    /// <summary>Removes a subject with all its messages; false where it is not known.</summary>
    public bool Remove(ReadOnlySpan<byte> subject)
    {
        if (!TryGetNumber(subject, out uint number)) return false;
        TakeOut(subject, number);
        return true;
    }

    /// <summary>Only the newest message of a known subject is left.</summary>
    public void LeaveOne(ReadOnlySpan<byte> subject)
    {
        ref SubjectEntry entry = ref Tree.Find(subject);
        entry = new SubjectEntry(1, entry.Last, entry.Last, entry.IsIrregular);
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
    public int CountMatches(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty) return Count;
        int counted = _walk.Count(filter, Columns is null ? int.MaxValue : FewVisits);
        if (!_walk.IsSpent) return counted;
        using SubjectSet found = Select(new MessageFilter(filter));
        return found.Count;
    }

    /// <summary>The subjects that one of the filters matches; all without filters.</summary>
    public SubjectSet Select(in MessageFilter filter) => Selector.Select(filter);

    /// <summary>Finds some message before a sequence among the first of each subject that a filter matches; false also where there is too much to look at.</summary>
    public bool TryFindEarly(ReadOnlySpan<byte> filter, ulong before, out ulong first) => Selector.TryFindEarly(filter, before, out first);

    public void Clear()
    {
        Tree.Clear();
        DropColumns();
    }

    private SubjectEntry Insert(ReadOnlySpan<byte> subject, ulong count, ulong first, ulong last, out uint number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subject.Length, LongestSubject);
        var entry = new SubjectEntry(count, first, last, HasEmptyToken(subject));
        number = Tree.Insert(subject, entry);
        AddColumns(number, subject, entry);
        return entry;
    }

    private void TakeOut(ReadOnlySpan<byte> subject, uint number)
    {
        if (Tree.Count == 1)
        {
            Clear();
            return;
        }

        _columns?.Remove(number);
        Tree.Remove(subject);
        if (Count < ColumnsUntil) DropColumns();
        // Amortized: three quarters went since it was full.
        if (Tree.HeldBytes <= CompactsFromBytes || !Tree.IsLoose) return;
        Tree.Compact();
        DropColumns();
    }

    private void AddColumns(uint number, ReadOnlySpan<byte> subject, in SubjectEntry entry)
    {
        if (!entry.IsIrregular) _columns?.Add(number, subject);
    }

    private void DropColumns() => (_columns, _making) = (null, null);

    private static bool HasEmptyToken(ReadOnlySpan<byte> subject) =>
        subject.IsEmpty || subject[0] == (byte)'.' || subject[^1] == (byte)'.' || subject.IndexOf(".."u8) >= 0;
}
