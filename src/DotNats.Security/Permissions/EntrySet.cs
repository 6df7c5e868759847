namespace DotNats.Security;

/// <summary>What a permission list says about one subject.</summary>
/// <param name="Plain">An entry without queue takes the subject.</param>
/// <param name="AnyQueue">An entry with a queue takes the subject, whatever its queue.</param>
/// <param name="Queue">An entry takes both the subject and the asked queue.</param>
internal readonly record struct EntryMatch(bool Plain, bool AnyQueue, bool Queue);

/// <summary>A compiled allow or deny list. Immutable; matching allocates nothing.</summary>
internal sealed class EntrySet
{
    // Below this a scan of a few short arrays beats hashing every token (typical lists have one to five entries).
    private const int ScanLimit = 16;

    private readonly PermissionEntry[] _entries;
    private readonly EntryTrie? _trie;

    public EntrySet(PermissionEntry[] entries)
    {
        _entries = entries;
        if (entries.Length > ScanLimit)
            _trie = new EntryTrie(entries);
    }

    /// <summary>True when an entry without a queue takes the subject.</summary>
    public bool MatchesPlain(ReadOnlySpan<byte> subject)
    {
        if (_trie is not null)
            return _trie.Match(subject, default).Plain;
        foreach (PermissionEntry entry in _entries)
        {
            if (entry.Queue is null && SubjectRules.Matches(subject, entry.Subject))
                return true;
        }

        return false;
    }

    /// <summary>All that is known about a subject with a queue; an empty queue asks for plain entries only.</summary>
    public EntryMatch Match(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        if (_trie is not null)
            return _trie.Match(subject, queue);
        EntryMatch match = default;
        foreach (PermissionEntry entry in _entries)
        {
            if (SubjectRules.Matches(subject, entry.Subject))
                match = Add(match, entry.Queue, queue);
        }

        return match;
    }

    /// <summary>True when an entry that concerns the queue (or has none) can take a subject the given one also takes.</summary>
    public bool Overlaps(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        // Asked once per SUB, not per message, so the scan is good enough for long lists too.
        foreach (PermissionEntry entry in _entries)
        {
            if ((entry.Queue is null || QueueMatches(queue, entry.Queue)) && SubjectRules.Overlaps(subject, entry.Subject))
                return true;
        }

        return false;
    }

    internal static EntryMatch Add(EntryMatch match, byte[]? entryQueue, ReadOnlySpan<byte> queue) => entryQueue is null
        ? match with { Plain = true }
        : match with { AnyQueue = true, Queue = match.Queue || QueueMatches(queue, entryQueue) };

    // '*' and '>' may also be a queue's literal name, so equal names match before wildcards are read.
    private static bool QueueMatches(ReadOnlySpan<byte> queue, ReadOnlySpan<byte> wanted) =>
        !queue.IsEmpty && (queue.SequenceEqual(wanted) || SubjectRules.HasWildcard(wanted) && SubjectRules.IsSubsetMatch(queue, wanted));
}
