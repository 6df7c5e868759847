namespace DotNats.Storage;

/// <summary>Sums what all subjects have that a filter matches, without spelling any of them. Made once, used again and again.</summary>
/// <remarks>A million subjects take some ten milliseconds; most of it waits for memory.</remarks>
// Owner: whoever owns the index.
internal sealed class SubjectSum(SubjectIndex index)
{
    private readonly SubjectTree _tree = index.Tree;
    private readonly SubjectPattern _pattern = new();
    private (uint Reference, int At)[] _left = new (uint, int)[32];
    private int _count;

    /// <summary>Number of messages.</summary>
    public ulong Messages { get; private set; }

    /// <summary>The lowest <see cref="SubjectEntry.First"/>; <see cref="ulong.MaxValue"/> without messages.</summary>
    public ulong First { get; private set; }

    /// <summary>The greatest <see cref="SubjectEntry.Last"/>; 0 without messages.</summary>
    public ulong Last { get; private set; }

    /// <param name="filter">Subject or wildcard; empty for all.</param>
    public void Run(ReadOnlySpan<byte> filter)
    {
        (Messages, First, Last, _count) = (0, ulong.MaxValue, 0, 0);
        int start = _pattern.Set(filter);
        if (_tree.Root != 0) Push(_tree.Root, start);
        while (_count > 0)
        {
            (uint reference, int at) = _left[--_count];
            if (SubjectTree.IsLeaf(reference)) AddLeaf(_tree.Leaf(reference), at);
            else AddNode(_tree.Node(reference), at);
        }
    }

    private void AddNode(SubjectNode node, int at)
    {
        at = _pattern.Advance(at, node.Prefix);
        if (at == SubjectPattern.Nowhere) return;
        if (node.Header.End != 0 && _pattern.IsEnd(at)) AddLeaf(_tree.Leaf(node.Header.End), at);
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

    private void AddLeaf(SubjectLeaf leaf, int at)
    {
        ref SubjectEntry entry = ref leaf.Entry;
        if (entry.IsIrregular && !_pattern.TakesIrregular) return;
        if (at != SubjectPattern.Everything)
        {
            at = _pattern.Advance(at, leaf.Suffix);
            if (at == SubjectPattern.Nowhere || !_pattern.IsEnd(at)) return;
        }

        Messages += entry.Count;
        if (entry.First < First) First = entry.First;
        if (entry.Last > Last) Last = entry.Last;
    }

    private void Push(uint reference, int at)
    {
        if (_count == _left.Length) Array.Resize(ref _left, 2 * _count);
        _left[_count++] = (reference, at);
    }
}
