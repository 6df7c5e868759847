using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>What a permission list says about one subject.</summary>
/// <param name="Plain">An entry without queue takes the subject.</param>
/// <param name="AnyQueue">An entry with a queue takes the subject, whatever its queue.</param>
/// <param name="Queue">An entry takes both the subject and the asked queue.</param>
internal readonly record struct EntryMatch(bool Plain, bool AnyQueue, bool Queue);

/// <summary>A compiled allow or deny list. Immutable, so any thread may match; matching allocates nothing.</summary>
internal sealed class EntrySet
{
    // Measured, worst case of a check: one entry 35 ns scanned and 60 ns in the trie, two entries 80 and 90, eight entries 290 and 90.
    private const int ScanLimit = 2;

    private readonly PermissionEntry[] _entries;
    private readonly SubjectTrie<PermissionEntry>? _trie;

    public EntrySet(PermissionEntry[] entries)
    {
        _entries = entries;
        if (entries.Length <= ScanLimit)
            return;
        _trie = new SubjectTrie<PermissionEntry>();
        foreach (PermissionEntry entry in entries)
            _trie.Add(entry);
    }

    /// <summary>All that is known about a subject with a queue; an empty queue asks for plain entries only.</summary>
    /// <param name="subject">Taken literally, its wildcards are words like any other.</param>
    public EntryMatch Match(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        MatchSink sink = new(queue);
        if (_trie is not null)
        {
            _trie.Match(subject, ref sink);
            return sink.Match;
        }

        foreach (PermissionEntry entry in _entries)
        {
            if (Subjects.Matches(subject, entry.Subject))
                sink.OnMatch(entry);
        }

        return sink.Match;
    }

    /// <summary>True when an entry that concerns the queue (or has none) can take a subject the given one also takes.</summary>
    public bool Overlaps(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        // Asked once per SUB, not per message, so the scan is good enough for long lists too.
        foreach (PermissionEntry entry in _entries)
        {
            if ((entry.Queue is null || entry.MatchesQueue(queue)) && Subjects.Overlaps(subject, entry.Subject))
                return true;
        }

        return false;
    }

    private ref struct MatchSink(ReadOnlySpan<byte> queue) : IMatchSink<PermissionEntry>
    {
        private readonly ReadOnlySpan<byte> _queue = queue;
        private bool _plain;
        private bool _anyQueue;
        private bool _queueMatches;

        public readonly EntryMatch Match => new(_plain, _anyQueue, _queueMatches);

        public void OnMatch(PermissionEntry entry)
        {
            if (entry.Queue is null)
            {
                _plain = true;
                return;
            }

            _anyQueue = true;
            _queueMatches |= entry.MatchesQueue(_queue);
        }
    }
}
