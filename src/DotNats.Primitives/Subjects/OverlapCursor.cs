namespace DotNats.Primitives;

/// <summary>Walks a trie along a filter and stops at every leaf whose filter overlaps it. Keeps its work list on the heap.</summary>
internal ref struct OverlapCursor
{
    private readonly ReadOnlySpan<byte> _filter;
    private readonly TokenHash _hasher;
    private readonly Stack<Visit> _pending = new();

    public OverlapCursor(TrieNode root, ReadOnlySpan<byte> filter, in TokenHash hasher)
    {
        _filter = filter;
        _hasher = hasher;
        Current = root;
        if (Subjects.IsWellFormedFilter(filter))
            VisitChildren(root, 0, 0);
    }

    /// <summary>The leaf found: an entry or an <see cref="EntryBag"/>.</summary>
    public object Current { get; private set; }

    public bool MoveNext()
    {
        while (_pending.TryPop(out Visit visit))
        {
            if (visit.Value is not TrieNode node)
            {
                Current = visit.Value;
                return true;
            }
            if (visit.At > _filter.Length)
                PushLeaf(node.End);
            else
                VisitChildren(node, visit.At, visit.EntryAt);
        }
        return false;
    }

    /// <summary>The filter's token at <paramref name="at"/> against all children, whose token stands at <paramref name="entryAt"/>.</summary>
    private readonly void VisitChildren(TrieNode node, int at, int entryAt)
    {
        int end = Subjects.TokenEnd(_filter, at);
        ReadOnlySpan<byte> token = _filter[at..end];
        PushLeaf(node.Full);
        if (Subjects.IsFull(token))
        {
            VisitAll(node);
            return;
        }
        Consider(node.Star, at, end, entryAt, 1);
        if (!Subjects.IsStar(token))
        {
            Consider(LiteralChildren.Find(node, token, entryAt, in _hasher), at, end, entryAt, token.Length);
            return;
        }
        if (node.Literals is not LiteralSlot[] slots)
        {
            ConsiderLiteral(node.Literals, at, end, entryAt);
            return;
        }
        foreach (ref LiteralSlot slot in slots.AsSpan())
            ConsiderLiteral(slot.Value, at, end, entryAt);
    }

    private readonly void ConsiderLiteral(object? value, int at, int end, int entryAt)
    {
        if (value is null)
            return;
        byte[] subject = TrieNode.SubjectOf(value);
        Consider(value, at, end, entryAt, Subjects.TokenEnd(subject, entryAt) - entryAt);
    }

    private readonly void Consider(object? value, int at, int end, int entryAt, int tokenLength)
    {
        if (value is TrieNode)
            _pending.Push(new Visit(value, end + 1, entryAt + tokenLength + 1));
        else if (value is not null && Subjects.Overlaps(_filter[at..], TrieNode.SubjectOf(value).AsSpan(entryAt)))
            PushLeaf(value);
    }

    /// <summary>Everything below a node but what ends at it: the filter's rest is <c>&gt;</c>.</summary>
    private readonly void VisitAll(TrieNode node)
    {
        PushBelow(node.Star);
        if (node.Literals is not LiteralSlot[] slots)
        {
            PushBelow(node.Literals);
            return;
        }
        foreach (ref LiteralSlot slot in slots.AsSpan())
            PushBelow(slot.Value);
    }

    private readonly void PushBelow(object? value)
    {
        if (value is TrieNode node)
            PushLeaf(node.End);
        // The offsets stay at the '>' of the filter: below, every token overlaps it.
        if (value is not null)
            _pending.Push(new Visit(value, _filter.Length - 1, 0));
    }

    private readonly void PushLeaf(object? leaf)
    {
        if (leaf is not null)
            _pending.Push(new Visit(leaf, 0, 0));
    }

    private readonly record struct Visit(object Value, int At, int EntryAt);
}
