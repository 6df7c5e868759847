using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>
/// Entries under subjects and filters, found by the literal subject of a message. Built for millions of distinct subjects: an entry
/// whose subject nobody shares costs one slot of a hash table.
/// </summary>
// Owner: the caller locks; nothing here is thread-safe, matching included.
// Lifetime: keeps the entries and refers to their subject arrays while they are in.
// Invariant: every node but the root has at least two distinct subjects below (see TrieNode).
public sealed class SubjectTrie<T>
    where T : class, ISubjectEntry
{
    private readonly TrieNode _root = new([]);
    private readonly TokenHash _hasher;

    /// <summary>An empty trie whose hashes clients cannot foresee.</summary>
    public SubjectTrie()
        : this((ulong)Random.Shared.NextInt64())
    {
    }

    /// <summary>An empty trie; equal seeds give equal orders of enumeration.</summary>
    public SubjectTrie(ulong seed) => _hasher = new TokenHash(seed);

    /// <summary>For tests that look at the shape.</summary>
    internal TrieNode Root => _root;

    /// <summary>Entries in the trie.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an entry under its subject. One that is in already (the same object) is left as it is.</summary>
    /// <exception cref="ArgumentException">The subject has an empty token or <c>&gt;</c> before its end.</exception>
    public void Add(T entry)
    {
        byte[] subject = entry.Subject;
        if (!Subjects.IsWellFormedFilter(subject))
            throw new ArgumentException("a subject with an empty token or with '>' before its end cannot be added", nameof(entry));
        TrieNode node = _root;
        int offset = 0;
        while (true)
        {
            int end = Subjects.TokenEnd(subject, offset);
            ref object? place = ref GetOrAddPlace(node, subject, offset, end);
            if (place is not null and not TrieNode && !HasSubject(place, subject))
                place = Expand(place, end);
            if (place is not TrieNode child)
            {
                AddTo(ref place, entry);
                return;
            }
            if (end == subject.Length)
            {
                AddTo(ref child.End, entry);
                return;
            }
            node = child;
            offset = end + 1;
        }
    }

    /// <summary>Takes out this very entry.</summary>
    /// <returns>False when it was not in.</returns>
    public bool Remove(T entry)
    {
        if (!TrieRemoval.Remove(_root, entry, entry.Subject, in _hasher))
            return false;
        Count--;
        return true;
    }

    /// <summary>Gives the sink each entry whose filter matches the subject of a message. Allocates nothing.</summary>
    /// <param name="subject">
    /// Taken literally, also where it spells a wildcard; one with an empty token matches nothing, as in nats-server.
    /// </param>
    /// <returns>
    /// How many of its first bytes decided, whole tokens of them: any subject that begins with them, has as many tokens and none that is empty, is
    /// matched by the same entries. Of a subject with an empty token it says nothing.
    /// </returns>
    public int Match<TSink>(ReadOnlySpan<byte> subject, ref TSink sink)
        where TSink : struct, IMatchSink<T>, allows ref struct
    {
        var cursor = new MatchCursor(_root, subject, in _hasher);
        while (cursor.MoveNext())
            Emit(cursor.Current, ref sink);
        return cursor.Decided;
    }

    /// <summary>Whether any entry matches the subject of a message.</summary>
    public bool HasMatch(ReadOnlySpan<byte> subject)
    {
        using var cursor = new MatchCursor(_root, subject, in _hasher);
        return cursor.MoveNext();
    }

    /// <summary>Gives the sink every entry.</summary>
    public void ForEach<TSink>(ref TSink sink)
        where TSink : struct, IMatchSink<T>, allows ref struct
    {
        var cursor = new OverlapCursor(_root, ">"u8, in _hasher);
        while (cursor.MoveNext())
            Emit(cursor.Current, ref sink);
    }

    /// <summary>
    /// Gives the sink each entry whose filter has a subject in common with the given filter. Allocates a work list: for monitoring and
    /// permissions, not for messages.
    /// </summary>
    public void MatchOverlapping<TSink>(ReadOnlySpan<byte> filter, ref TSink sink)
        where TSink : struct, IMatchSink<T>, allows ref struct
    {
        var cursor = new OverlapCursor(_root, filter, in _hasher);
        while (cursor.MoveNext())
            Emit(cursor.Current, ref sink);
    }

    private static void Emit<TSink>(object leaf, ref TSink sink)
        where TSink : struct, IMatchSink<T>, allows ref struct
    {
        if (leaf is not EntryBag bag)
        {
            sink.OnMatch(Unsafe.As<T>(leaf));
            return;
        }
        foreach (object item in bag.Items)
            sink.OnMatch(Unsafe.As<T>(item));
    }

    private static bool HasSubject(object leaf, byte[] subject) => TrieNode.SubjectOf(leaf).AsSpan().SequenceEqual(subject);

    private void AddTo(ref object? place, T entry)
    {
        switch (place)
        {
            case null:
                place = entry;
                break;
            case EntryBag bag:
                if (!bag.Add(entry))
                    return;
                break;
            default:
                if (ReferenceEquals(place, entry))
                    return;
                place = new EntryBag(place, entry);
                break;
        }
        Count++;
    }

    private ref object? GetOrAddPlace(TrieNode node, byte[] subject, int offset, int end)
    {
        ReadOnlySpan<byte> token = subject.AsSpan(offset, end - offset);
        if (Subjects.IsFull(token))
            return ref node.Full;
        if (Subjects.IsStar(token))
            return ref node.Star;
        return ref LiteralChildren.GetOrAddPlace(node, token, offset, in _hasher);
    }

    /// <summary>A node in place of a leaf whose subject goes on (or ends) at <paramref name="end"/>, with the leaf one token below.</summary>
    private static TrieNode Expand(object leaf, int end)
    {
        byte[] subject = TrieNode.SubjectOf(leaf);
        var node = new TrieNode(subject);
        if (end == subject.Length)
        {
            node.End = leaf;
            return node;
        }
        ReadOnlySpan<byte> token = subject.AsSpan(end + 1);
        if (Subjects.IsFull(token))
            node.Full = leaf;
        else if (Subjects.IsStar(token[..Subjects.TokenEnd(token, 0)]))
            node.Star = leaf;
        else
        {
            node.Literals = leaf;
            node.LiteralCount = 1;
        }
        return node;
    }
}
