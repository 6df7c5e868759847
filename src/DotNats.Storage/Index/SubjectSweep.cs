namespace DotNats.Storage;

/// <summary>Visits the numbers of all subjects that a filter matches, in no order and without spelling any of them. Made once, used again and again.</summary>
/// <remarks>A million subjects take some ten milliseconds; most of it waits for memory.</remarks>
// Owner: one SubjectSelector. Lifetime of a visit: until the index changes.
internal sealed class SubjectSweep(SubjectTree tree)
{
    // Leaves are collected before they are looked at, so that their memory is waited for together.
    private const int LeavesAtOnce = 16;

    private readonly SubjectPattern _pattern = new();
    private (uint Reference, int At)[] _left = new (uint, int)[8];
    private int _count;

    private (uint Reference, int At)[] _leaves = new (uint, int)[LeavesAtOnce];
    private int _leafCount;
    private bool _isAtLeaves;
    private int _visits;

    /// <summary>Means nothing: what came of having memory on its way.</summary>
    public int Touched { get; private set; }

    /// <summary>The subject arrived at.</summary>
    public uint Number { get; private set; }

    /// <summary>It ended because there was too much to look at.</summary>
    public bool IsSpent => _visits < 0;

    /// <param name="filter">Subject or wildcard; empty for all.</param>
    /// <param name="most">Branches and leaves to look at.</param>
    public void Start(ReadOnlySpan<byte> filter, int most)
    {
        (_count, _leafCount, _isAtLeaves, _visits) = (0, 0, false, most);
        int start = _pattern.Set(filter);
        if (tree.Root != 0) Push(tree.Root, start);
    }

    public bool MoveNext()
    {
        while (true)
        {
            while (_isAtLeaves && _leafCount > 0)
            {
                (uint leaf, int at) = _leaves[--_leafCount];
                if (Matches(tree.Leaf(leaf), at)) return true;
            }

            if (_visits < 0) return false;
            _isAtLeaves = false;
            while (_count > 0 && _leafCount < LeavesAtOnce)
            {
                (uint node, int at) = _left[--_count];
                EnterNode(tree.Node(node), at);
            }

            if (_leafCount == 0) return false;
            _isAtLeaves = true;
        }
    }

    private void EnterNode(SubjectNode node, int at)
    {
        at = _pattern.Advance(at, node.Prefix);
        if (at == SubjectPattern.Nowhere) return;
        if (node.Header.End != 0 && _pattern.IsEnd(at)) Push(node.Header.End, at);
        int key = _pattern.KeyAt(at);
        if (key == SubjectPattern.NoKey) return;
        ReadOnlySpan<uint> children = node.Children;
        ReadOnlySpan<byte> keys = node.Keys;
        if (key != SubjectPattern.AnyKey)
        {
            int child = keys.IndexOf((byte)key);
            if (child >= 0) Push(children[child], _pattern.Advance(at, (byte)key));
            return;
        }

        // The first child is looked at first: subjects that came one after the other lie one behind the other.
        for (int i = children.Length - 1; i >= 0; i--)
        {
            int next = _pattern.Advance(at, keys[i]);
            if (next != SubjectPattern.Nowhere) Push(children[i], next);
        }
    }

    private bool Matches(SubjectLeaf leaf, int at)
    {
        Number = leaf.Number;
        if (tree.IrregularCount > 0 && !_pattern.TakesIrregular && tree.Entry(Number).IsIrregular) return false;
        if (at == SubjectPattern.Everything) return true;
        at = _pattern.Advance(at, leaf.Suffix);
        return at != SubjectPattern.Nowhere && _pattern.IsEnd(at);
    }

    private void Push(uint reference, int at)
    {
        _visits--;
        Touched += tree.Touch(reference);
        if (SubjectTree.IsLeaf(reference)) Put(ref _leaves, ref _leafCount, (reference, at));
        else Put(ref _left, ref _count, (reference, at));
    }

    private static void Put(ref (uint, int)[] list, ref int count, (uint, int) item)
    {
        if (count == list.Length) Array.Resize(ref list, 2 * count);
        list[count++] = item;
    }
}
