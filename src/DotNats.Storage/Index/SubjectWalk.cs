namespace DotNats.Storage;

/// <summary>
/// Visits the subjects a filter matches, in the order of their bytes, without looking at those that cannot match. Made once, used again and again.
/// </summary>
// Owner: whoever owns the index. Lifetime of a visit: until the index changes; only entries may be corrected meanwhile.
internal sealed class SubjectWalk
{
    private readonly SubjectTree _tree;
    private readonly SubjectPattern _pattern = new();
    private readonly Goal _goal = new();
    private Frame[] _frames = new Frame[8];
    private int _depth;
    private byte[] _subject = new byte[64];
    private int _subjectLength;
    private uint _leaf;
    private bool _isRootNext;
    private int _rootAt;
    private int _visits;

    // A visit that is taken up again goes first down the path of the subject it was left at, and passes by what is before it.
    private byte[] _after = [];
    private int _afterLength;
    private bool _isOnPath;

    public SubjectWalk(SubjectIndex index) => _tree = index.Tree;

    /// <summary>The subject arrived at; valid until the walk goes on.</summary>
    public ReadOnlySpan<byte> Subject => _subject.AsSpan(0, _subjectLength);

    /// <summary>What the subject arrived at has; <see cref="SubjectEntry.SetFirst"/> and <see cref="SubjectEntry.SetLast"/> may correct it.</summary>
    public ref SubjectEntry Entry => ref _tree.Entry(Number);

    /// <summary>The number of the subject arrived at.</summary>
    public uint Number => _tree.Leaf(_leaf).Number;

    /// <summary>It ended because there was too much to look at.</summary>
    public bool IsSpent => _visits < 0;

    /// <summary>Starts before the first subject a filter matches.</summary>
    /// <param name="filter">Subject or wildcard; empty for all. A copy is kept.</param>
    /// <param name="above">Subjects without a greater last sequence are passed by.</param>
    public void Start(ReadOnlySpan<byte> filter, ulong above = 0) => Start(filter, GoalKind.Visit, above);

    /// <summary>Starts behind a subject, be it still there or not: a visit that was left is taken up again, whatever changed meanwhile.</summary>
    public void Resume(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> after)
    {
        Start(filter);
        if (_after.Length < after.Length) _after = new byte[Math.Max(64, after.Length)];
        after.CopyTo(_after);
        (_afterLength, _isOnPath) = (after.Length, true);
    }

    public bool MoveNext()
    {
        if (_isRootNext)
        {
            _isRootNext = false;
            if (_tree.Root != 0 && Enter(_tree.Root, 0, _rootAt)) return true;
        }

        while (_depth > 0 && _visits >= 0)
        {
            ref Frame frame = ref _frames[_depth - 1];
            SubjectNode node = _tree.Node(frame.Node);
            int child = frame.Next++;
            if (child == Frame.End)
            {
                if (node.Header.End != 0 && EnterLeaf(node.Header.End, frame.Length, frame.At)) return true;
            }
            else if (child >= frame.Stop)
            {
                Leave(node, frame.At);
            }
            else if (child == Frame.Best)
            {
                if (frame.BestChild >= 0 && EnterChild(node, frame.BestChild, frame)) return true;
            }
            else if (child != frame.BestChild && EnterChild(node, child, frame))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Number of subjects a filter matches.</summary>
    /// <param name="most">So many branches and leaves are looked at; where that was not enough, it says so.</param>
    public int Count(ReadOnlySpan<byte> filter, int most)
    {
        Start(filter, GoalKind.Count, 0);
        _visits = most;
        while (MoveNext()) _goal.Counted++;
        return _goal.Counted;
    }

    /// <summary>
    /// Arrives at the subject with the greatest <see cref="SubjectEntry.Last"/> among those a filter matches; false where there is none. Where it is
    /// stale, correct it and look again. Cheap: what is known to be older is not visited.
    /// </summary>
    /// <param name="most">So many branches and leaves are looked at; where that was not enough, it says so.</param>
    public bool FindLast(ReadOnlySpan<byte> filter, int most = int.MaxValue)
    {
        Start(filter, GoalKind.Last, 0);
        _visits = most;
        while (MoveNext()) _goal.Remember(Entry.Last, _leaf, Subject);
        if (_goal.Floor == 0) return false;
        _leaf = _goal.Leaf;
        Append(0, _goal.Subject);
        return true;
    }

    private void Start(ReadOnlySpan<byte> filter, GoalKind kind, ulong above)
    {
        _goal.Reset(kind, above);
        _rootAt = _pattern.Set(filter);
        (_depth, _leaf, _subjectLength, _isRootNext, _isOnPath, _visits) = (0, 0, 0, true, false, int.MaxValue);
    }

    private bool EnterChild(SubjectNode node, int child, in Frame frame)
    {
        _visits--;
        byte key = node.Keys[child];
        int at = _pattern.Advance(frame.At, key);
        if (at == SubjectPattern.Nowhere)
        {
            _isOnPath = false;
            return false;
        }

        int length = frame.Length;
        Append(length, [key]);
        return Enter(node.Children[child], length + 1, at);
    }

    private bool Enter(uint reference, int length, int at)
    {
        bool isOnPath = _isOnPath;
        _isOnPath = false;
        if (SubjectTree.IsLeaf(reference)) return !(isOnPath && IsPast(length, _tree.Leaf(reference).Suffix)) && EnterLeaf(reference, length, at);
        SubjectNode node = _tree.Node(reference);
        if (node.Header.MaxLast <= _goal.Floor || (isOnPath && IsPast(length, node.Prefix) && !LeadsOn(length, node.Prefix))) return false;
        at = _pattern.Advance(at, node.Prefix);
        if (at == SubjectPattern.Nowhere) return false;
        if (_goal.Kind == GoalKind.Count && at == SubjectPattern.Everything && (_tree.IrregularCount == 0 || _pattern.TakesIrregular))
            _goal.Counted += node.Header.Leaves;
        else
            Push(reference, node, length, at, isOnPath && LeadsOn(length, node.Prefix));
        return false;
    }

    /// <summary>Whether a subject that ends with these bytes is not behind the one where the visit was left.</summary>
    private bool IsPast(int length, ReadOnlySpan<byte> bytes) => bytes.SequenceCompareTo(_after.AsSpan(length, _afterLength - length)) <= 0;

    /// <summary>Whether the subject where the visit was left has these bytes here.</summary>
    private bool LeadsOn(int length, ReadOnlySpan<byte> bytes) => _after.AsSpan(length, _afterLength - length).StartsWith(bytes);

    private bool EnterLeaf(uint reference, int length, int at)
    {
        SubjectLeaf leaf = _tree.Leaf(reference);
        ref SubjectEntry entry = ref _tree.Entry(leaf.Number);
        if (entry.Last <= _goal.Floor || (entry.IsIrregular && !_pattern.TakesIrregular)) return false;
        at = _pattern.Advance(at, leaf.Suffix);
        if (at == SubjectPattern.Nowhere || !_pattern.IsEnd(at)) return false;
        Append(length, leaf.Suffix);
        _leaf = reference;
        return true;
    }

    private void Push(uint reference, SubjectNode node, int length, int at, bool isOnPath)
    {
        Append(length, node.Prefix);
        if (_depth == _frames.Length) Array.Resize(ref _frames, _depth * 2);
        ref Frame frame = ref _frames[_depth++];
        frame.Node = reference;
        frame.At = at;
        frame.Length = _subjectLength;
        int key = _pattern.KeyAt(at);
        frame.BestChild = -1;
        (frame.Next, frame.Stop) = (Frame.End, node.Header.ChildCount);
        if (key == SubjectPattern.NoKey) frame.Stop = Frame.Best;
        else if (key != SubjectPattern.AnyKey) frame.BestChild = node.Keys.IndexOf((byte)key);
        else if (_goal.Kind == GoalKind.Last) frame.BestChild = IndexOfLatest(node);
        if (key >= 0) frame.Stop = 0;
        if (isOnPath) PassBy(ref frame, node);
    }

    /// <summary>Skips what is not behind the subject where the visit was left.</summary>
    private void PassBy(ref Frame frame, SubjectNode node)
    {
        frame.Next = Frame.Best;
        if (_subjectLength == _afterLength) return;
        byte key = _after[_subjectLength];
        if (frame.BestChild >= 0)
        {
            if (node.Keys[frame.BestChild] < key) frame.BestChild = -1;
            else _isOnPath = node.Keys[frame.BestChild] == key;
            return;
        }

        int next = 0;
        while (next < frame.Stop && node.Keys[next] < key) next++;
        frame.Next = next;
        _isOnPath = next < frame.Stop && node.Keys[next] == key;
    }

    /// <summary>What is visited first raises the floor for all others.</summary>
    private int IndexOfLatest(SubjectNode node)
    {
        ReadOnlySpan<uint> children = node.Children;
        int best = -1;
        ulong greatest = 0;
        for (int i = 0; i < children.Length; i++)
        {
            ulong bound = Bound(children[i]);
            if (bound > greatest) (best, greatest) = (i, bound);
        }

        return best;
    }

    private void Leave(SubjectNode node, int at)
    {
        _depth--;
        if (_goal.Kind != GoalKind.Last || at != SubjectPattern.Everything || node.Header.MaxLast <= _goal.Floor) return;

        // It promised more than there is: messages were removed.
        ulong greatest = node.Header.End == 0 ? 0 : Bound(node.Header.End);
        foreach (uint child in node.Children) greatest = Math.Max(greatest, Bound(child));
        node.Header.MaxLast = greatest;
    }

    private ulong Bound(uint reference) => SubjectTree.IsLeaf(reference) ? _tree.Entry(_tree.Leaf(reference).Number).Last : _tree.Node(reference).Header.MaxLast;

    private void Append(int length, ReadOnlySpan<byte> bytes)
    {
        _subjectLength = length + bytes.Length;
        if (_subject.Length < _subjectLength) Array.Resize(ref _subject, Math.Max(_subjectLength, _subject.Length * 2));
        bytes.CopyTo(_subject.AsSpan(length));
    }

    private enum GoalKind
    {
        Visit,
        Count,
        Last,
    }

    private struct Frame
    {
        /// <summary>Values of <see cref="Next"/> before the first child.</summary>
        public const int End = -2;

        public const int Best = -1;

        public uint Node;

        /// <summary>Where in the filter the node's subjects part.</summary>
        public int At;

        /// <summary>Length of what the node's subjects have in common.</summary>
        public int Length;

        public int Next;
        public int Stop;

        /// <summary>Visited before the others, or -1.</summary>
        public int BestChild;
    }

    /// <summary>What a walk is for, and what it has found.</summary>
    private sealed class Goal
    {
        private byte[] _subject = [];
        private int _subjectLength;

        public GoalKind Kind { get; private set; }

        public int Counted { get; set; }

        /// <summary>What has nothing above it is passed by.</summary>
        public ulong Floor { get; private set; }

        public uint Leaf { get; private set; }

        public ReadOnlySpan<byte> Subject => _subject.AsSpan(0, _subjectLength);

        public void Reset(GoalKind kind, ulong floor) => (Kind, Counted, Floor, Leaf) = (kind, 0, floor, 0);

        public void Remember(ulong last, uint leaf, ReadOnlySpan<byte> subject)
        {
            (Floor, Leaf, _subjectLength) = (last, leaf, subject.Length);
            if (_subject.Length < subject.Length) _subject = new byte[Math.Max(subject.Length, 64)];
            subject.CopyTo(_subject);
        }
    }
}
