using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>Walks a trie along one literal subject and stops at every leaf that matches. Does not recurse, so depth is no danger.</summary>
internal ref struct MatchCursor
{
    private readonly ReadOnlySpan<byte> _subject;
    private readonly ref readonly TokenHash _hasher;
    private TrieNode? _node;
    private int _at;
    private int _tokenEnd;
    private int _filterAt;
    private Step _next;
    private int _pendingCount;
    private InlineBranches _inline;
    private Branch[]? _spilled;

    public MatchCursor(TrieNode root, ReadOnlySpan<byte> subject, in TokenHash hasher)
    {
        _subject = subject;
        _hasher = ref hasher;
        _node = Subjects.HasEmptyToken(subject) ? null : root;
        Current = root;
    }

    private enum Step : byte
    {
        Full,
        Star,
        Literal,
    }

    /// <summary>The leaf found: an entry or an <see cref="EntryBag"/>.</summary>
    public object Current { get; private set; }

    /// <summary>
    /// After the walk: so many of the subject's first bytes decided, whole tokens of them. Any subject that begins with them, and has as many tokens,
    /// is matched by the same entries.
    /// </summary>
    public int Decided { get; private set; }

    public bool MoveNext()
    {
        while (_node is { } node)
        {
            switch (_next)
            {
                case Step.Full:
                    _next = Step.Star;
                    _tokenEnd = Subjects.TokenEnd(_subject, _at);
                    if (node.Literals is not null && Decided < _tokenEnd)
                        Decided = _tokenEnd;
                    if (Found(node.Full))
                        return true;
                    goto case Step.Star;
                case Step.Star:
                    _next = Step.Literal;
                    if (node.Star is { } star && TakeStar(star))
                        return true;
                    goto case Step.Literal;
                case Step.Literal:
                    if (TakeLiteral(node))
                        return true;
                    break;
            }
        }
        return false;
    }

    /// <summary>Gives back what a very deep walk borrowed; needed only when the walk is left early.</summary>
    public void Dispose()
    {
        if (_spilled is { } spilled)
            ArrayPool<Branch>.Shared.Return(spilled, clearArray: true);
        _spilled = null;
    }

    private bool TakeStar(object star)
    {
        if (star is not TrieNode child)
        {
            ReadOnlySpan<byte> filter = TrieNode.SubjectOf(star).AsSpan(_filterAt);
            Decide(filter);
            return Subjects.MatchesTail(_subject[_at..], filter) && Found(star);
        }
        if (_tokenEnd == _subject.Length)
            return Found(child.End);
        Push(child);
        return false;
    }

    private bool TakeLiteral(TrieNode node)
    {
        object? value = LiteralChildren.Find(node, _subject[_at.._tokenEnd], _filterAt, in _hasher);
        if (value is TrieNode child)
        {
            if (_tokenEnd < _subject.Length)
            {
                _filterAt += _tokenEnd - _at + 1;
                _at = _tokenEnd + 1;
                _node = child;
                _next = Step.Full;
                return false;
            }
            value = child.End;
        }
        else if (value is not null)
        {
            ReadOnlySpan<byte> filter = TrieNode.SubjectOf(value).AsSpan(_filterAt);
            Decide(filter);
            if (!Subjects.MatchesTail(_subject[_at..], filter))
                value = null;
        }
        Pop();
        return Found(value);
    }

    // A leaf spells the rest of its filter: its last literal token that was compared, or the first that was not met.
    private void Decide(ReadOnlySpan<byte> filter)
    {
        int at = _at;
        while (!filter.IsEmpty && at <= _subject.Length)
        {
            int filterEnd = Subjects.TokenEnd(filter, 0);
            ReadOnlySpan<byte> token = filter[..filterEnd];
            if (Subjects.IsFull(token))
                return;
            int end = Subjects.TokenEnd(_subject, at);
            if (!Subjects.IsStar(token))
            {
                if (Decided < end)
                    Decided = end;
                if (!token.SequenceEqual(_subject[at..end]))
                    return;
            }
            at = end + 1;
            filter = filterEnd < filter.Length ? filter[(filterEnd + 1)..] : default;
        }
    }

    private bool Found(object? leaf)
    {
        if (leaf is null)
            return false;
        Current = leaf;
        return true;
    }

    private void Push(TrieNode starChild)
    {
        if (_pendingCount == (_spilled?.Length ?? InlineBranches.Length))
            Spill();
        ref Branch branch = ref At(_pendingCount++);
        branch.Node = starChild;
        branch.At = _tokenEnd + 1;
        branch.FilterAt = _filterAt + 2;
    }

    private void Pop()
    {
        _next = Step.Full;
        if (_pendingCount == 0)
        {
            _node = null;
            Dispose();
            return;
        }
        ref Branch branch = ref At(--_pendingCount);
        _node = branch.Node;
        _at = branch.At;
        _filterAt = branch.FilterAt;
    }

    [UnscopedRef]
    private ref Branch At(int index)
    {
        if (_spilled is { } spilled)
            return ref spilled[index];
        return ref _inline[index];
    }

    private void Spill()
    {
        Branch[] larger = ArrayPool<Branch>.Shared.Rent(_pendingCount * 4);
        ReadOnlySpan<Branch> pending = _spilled is { } spilled ? spilled : _inline;
        pending[.._pendingCount].CopyTo(larger);
        Dispose();
        _spilled = larger;
    }

    /// <summary>A node under <c>*</c> that waits for its turn.</summary>
    private struct Branch
    {
        public TrieNode Node;
        public int At;
        public int FilterAt;
    }

    [InlineArray(Length)]
    private struct InlineBranches
    {
        // More open branches than this are rare: each is a level where a literal and '*' both go on.
        public const int Length = 4;

        private Branch _first;
    }
}
