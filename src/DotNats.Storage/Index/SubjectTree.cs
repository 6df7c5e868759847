using System.Runtime.CompilerServices;

namespace DotNats.Storage;

/// <summary>
/// The tree of a <see cref="SubjectIndex"/>: a radix tree over bytes whose nodes and leaves are pieces of an arena, referred to by their
/// number and a bit that says leaf. A node exists only where at least two subjects part; what follows the last parting lies in the leaf. What a subject has
/// lies in its entry, which the leaf has the number of: who looks at many goes through entries in their order, and not from branch to branch.
/// </summary>
// Owner: one index. Invariant: children ascend by their first byte, so that a walk gives subjects in order.
internal sealed class SubjectTree
{
    private const int SmallestCapacity = 2;
    private const int LargestCapacity = 256;

    private readonly GrowingArray<SubjectEntry> _entries = new();
    private SubjectArena _arena = new();
    private byte[] _joined = [];

    // Numbers of subjects that are gone.
    private uint[] _freeNumbers = [];
    private int _freeCount;

    public uint Root { get; private set; }

    /// <summary>Number of subjects.</summary>
    public int Count { get; private set; }

    /// <summary>Subjects with an empty token.</summary>
    public int IrregularCount { get; private set; }

    /// <summary>All numbers that subjects have are less.</summary>
    public int Numbers { get; private set; }

    /// <summary>Changes when subjects are given other numbers.</summary>
    public int Numbering { get; private set; }

    public long HeldBytes => _arena.HeldBytes + _entries.HeldBytes;

    /// <summary>Bytes of nodes and leaves that are in use.</summary>
    public long UsedBytes => _arena.UsedBytes;

    /// <summary>Most of the memory is for subjects that are gone.</summary>
    public bool IsLoose => _arena.UsedBytes < _arena.HeldBytes / 4;

    public static bool IsLeaf(uint reference) => (reference & 1) != 0;

    public SubjectNode Node(uint reference) => new(_arena[reference >> 1]);

    /// <summary>Has the memory of a node or leaf on its way, for who needs it soon and does something else meanwhile.</summary>
    /// <returns>Something of it: the look is not to be left out.</returns>
    public int Touch(uint reference) => _arena[reference >> 1][0];

    public SubjectLeaf Leaf(uint reference) => new(_arena[reference >> 1]);

    /// <summary>What the subject with a number has. Valid until the tree changes.</summary>
    public ref SubjectEntry Entry(uint number) => ref _entries[number];

    /// <summary>What the subjects of one page of a set have, by number; what stands where no subject has the number says nothing.</summary>
    public ReadOnlySpan<SubjectEntry> EntriesOf(int page) => _entries.Page(page);

    /// <summary>The entry of a subject, or a null reference. Valid until the tree changes.</summary>
    public ref SubjectEntry Find(ReadOnlySpan<byte> subject) => ref Find(subject, 0, out _);

    /// <param name="raiseTo">A sequence the subject will have: every node on the way shall know of it.</param>
    /// <inheritdoc cref="Find(ReadOnlySpan{byte})"/>
    public ref SubjectEntry Find(ReadOnlySpan<byte> subject, ulong raiseTo, out uint number)
    {
        uint at = Root;
        while (at != 0)
        {
            if (IsLeaf(at))
            {
                SubjectLeaf leaf = Leaf(at);
                if (!leaf.Suffix.SequenceEqual(subject)) break;
                number = leaf.Number;
                return ref _entries[number];
            }

            SubjectNode node = Node(at);
            ref SubjectNodeHeader header = ref node.Header;
            ReadOnlySpan<byte> prefix = node.Prefix;
            if (!subject.StartsWith(prefix)) break;
            if (header.MaxLast < raiseTo) header.MaxLast = raiseTo;
            if (subject.Length == prefix.Length)
            {
                at = header.End;
                subject = default;
                continue;
            }

            at = node.Child(subject[prefix.Length]);
            subject = subject[(prefix.Length + 1)..];
        }

        number = 0;
        return ref Unsafe.NullRef<SubjectEntry>();
    }

    /// <param name="subject">One that is not in the tree.</param>
    /// <returns>The subject's number.</returns>
    public uint Insert(ReadOnlySpan<byte> subject, SubjectEntry entry)
    {
        Count++;
        if (entry.IsIrregular) IrregularCount++;
        uint number = TakeNumber();
        _entries[number] = entry;
        Insert(subject, new NewSubject(number, entry.Last));
        return number;
    }

    private uint TakeNumber()
    {
        if (_freeCount > 0) return _freeNumbers[--_freeCount];
        _entries.MakeRoom((uint)Numbers);
        return (uint)Numbers++;
    }

    private void Insert(ReadOnlySpan<byte> subject, NewSubject entry)
    {
        var slot = default(Slot);
        while (true)
        {
            uint at = Read(slot);
            if (at == 0 || IsLeaf(at))
            {
                Write(slot, at == 0 ? NewLeaf(subject, entry.Number) : PartLeaf(at, subject, entry));
                return;
            }

            SubjectNode node = Node(at);
            int same = node.Prefix.CommonPrefixLength(subject);
            if (same < node.Header.PrefixLength)
            {
                Write(slot, PartNode(at, same, subject, entry));
                return;
            }

            node.Header.Leaves++;
            if (node.Header.MaxLast < entry.Last) node.Header.MaxLast = entry.Last;
            int index = same == subject.Length ? -1 : node.Keys.IndexOf(subject[same]);
            if (index < 0)
            {
                if (same < subject.Length) Write(slot, WithRoom(at));
                HangLeaf(Read(slot), subject[same..], entry);
                return;
            }

            slot = new Slot(at, index);
            subject = subject[(same + 1)..];
        }
    }

    /// <param name="subject">One that is in the tree.</param>
    public void Remove(ReadOnlySpan<byte> subject)
    {
        Count--;
        var slot = default(Slot);
        uint at = Root;
        while (!IsLeaf(at))
        {
            SubjectNode node = Node(at);
            node.Header.Leaves--;
            int length = node.Header.PrefixLength;
            int index = subject.Length == length ? -1 : node.Keys.IndexOf(subject[length]);
            uint next = index < 0 ? node.Header.End : node.Children[index];
            if (IsLeaf(next))
            {
                FreeLeaf(next);
                if (index < 0) node.Header.End = 0;
                else TakeChild(node, index);
                Tidy(slot, at);
                return;
            }

            slot = new Slot(at, index);
            at = next;
            subject = subject[(length + 1)..];
        }

        FreeLeaf(at);
        Root = 0;
    }

    public void Clear()
    {
        _arena.Clear();
        _entries.Clear();
        (Root, Count, IrregularCount) = (0, 0, 0);
        (Numbers, _freeNumbers, _freeCount) = (0, [], 0);
    }

    /// <summary>Copies everything into arrays without gaps: subjects get other numbers.</summary>
    public void Compact()
    {
        SubjectArena old = _arena;
        _arena = new SubjectArena();
        var entries = new SubjectEntry[Count];
        int copied = 0;
        var pending = new Stack<Slot>();
        pending.Push(default);
        while (pending.TryPop(out Slot slot))
        {
            uint moved = Copy(old, Read(slot));
            Write(slot, moved);
            if (IsLeaf(moved))
            {
                Renumber(moved, entries, ref copied);
                continue;
            }

            uint end = Node(moved).Header.End;
            if (end != 0)
            {
                end = Copy(old, end);
                Node(moved).Header.End = end;
                Renumber(end, entries, ref copied);
            }

            for (int i = Node(moved).Header.ChildCount - 1; i >= 0; i--) pending.Push(new Slot(moved, i));
        }

        TakeEntries(entries);
    }

    private void Renumber(uint leaf, SubjectEntry[] entries, ref int copied)
    {
        ref uint number = ref Leaf(leaf).Number;
        entries[copied] = _entries[number];
        number = (uint)copied++;
    }

    private void TakeEntries(SubjectEntry[] entries)
    {
        _entries.Clear();
        for (uint number = 0; number < entries.Length; number++)
        {
            _entries.MakeRoom(number);
            _entries[number] = entries[number];
        }

        (Numbers, _freeNumbers, _freeCount) = (entries.Length, [], 0);
        Numbering++;
    }

    private uint Copy(SubjectArena old, uint at)
    {
        Span<byte> bytes = old[at >> 1];
        bytes = bytes[..(IsLeaf(at) ? new SubjectLeaf(bytes).Bytes : new SubjectNode(bytes).Bytes)];
        uint piece = _arena.Allocate(bytes.Length);
        bytes.CopyTo(_arena[piece]);
        return (piece << 1) | (at & 1);
    }

    private uint Read(Slot slot) => slot.Node == 0 ? Root : Node(slot.Node).Children[slot.Child];

    private void Write(Slot slot, uint reference)
    {
        if (slot.Node == 0) Root = reference;
        else Node(slot.Node).Children[slot.Child] = reference;
    }

    // ---- Parting ----

    private uint PartLeaf(uint at, ReadOnlySpan<byte> subject, NewSubject entry)
    {
        ReadOnlySpan<byte> suffix = Leaf(at).Suffix;
        var other = new NewSubject(Leaf(at).Number, _entries[Leaf(at).Number].Last);
        int same = suffix.CommonPrefixLength(subject);
        uint parent = NewNode(SmallestCapacity, suffix[..same]);
        ref SubjectNodeHeader header = ref Node(parent).Header;
        header.Leaves = 2;
        header.MaxLast = Math.Max(other.Last, entry.Last);
        HangLeaf(parent, suffix[same..], other);
        HangLeaf(parent, subject[same..], entry);
        FreeLeafPiece(at);
        return parent;
    }

    private uint PartNode(uint at, int same, ReadOnlySpan<byte> subject, NewSubject entry)
    {
        ReadOnlySpan<byte> prefix = Node(at).Prefix;
        uint parent = NewNode(SmallestCapacity, prefix[..same]);
        ref SubjectNodeHeader header = ref Node(parent).Header;
        header.Leaves = Node(at).Header.Leaves + 1;
        header.MaxLast = Math.Max(Node(at).Header.MaxLast, entry.Last);
        byte key = prefix[same];
        uint lower = MoveNode(at, Node(at).Header.Capacity, prefix[(same + 1)..]);
        PutChild(Node(parent), key, lower);
        HangLeaf(parent, subject[same..], entry);
        return parent;
    }

    private void HangLeaf(uint parent, ReadOnlySpan<byte> rest, NewSubject entry)
    {
        uint leaf = NewLeaf(rest.IsEmpty ? rest : rest[1..], entry.Number);
        SubjectNode node = Node(parent);
        if (rest.IsEmpty) node.Header.End = leaf;
        else PutChild(node, rest[0], leaf);
    }

    // ---- Joining ----

    /// <summary>Does away with a node where nothing parts any more, or makes it small.</summary>
    private void Tidy(Slot slot, uint at)
    {
        SubjectNode node = Node(at);
        int children = node.Header.ChildCount;
        if (children == 0)
        {
            uint end = node.Header.End;
            Write(slot, MoveLeaf(end, node.Prefix));
            FreeNode(at);
        }
        else if (children == 1 && node.Header.End == 0)
        {
            uint only = node.Children[0];
            ReadOnlySpan<byte> joined = Join(node.Prefix, node.Keys[0], IsLeaf(only) ? Leaf(only).Suffix : Node(only).Prefix);
            Write(slot, IsLeaf(only) ? MoveLeaf(only, joined) : MoveNode(only, Node(only).Header.Capacity, joined));
            FreeNode(at);
        }
        else if (children < node.Header.Capacity / 3)
        {
            Write(slot, MoveNode(at, Math.Max(SmallestCapacity, Larger(children)), node.Prefix));
        }
    }

    private ReadOnlySpan<byte> Join(ReadOnlySpan<byte> prefix, byte key, ReadOnlySpan<byte> rest)
    {
        int length = prefix.Length + 1 + rest.Length;
        if (_joined.Length < length) _joined = new byte[Math.Max(256, length)];
        prefix.CopyTo(_joined);
        _joined[prefix.Length] = key;
        rest.CopyTo(_joined.AsSpan(prefix.Length + 1));
        return _joined.AsSpan(0, length);
    }

    // ---- Pieces. What is read through a span taken before Allocate is still there: arrays grow by copying. ----

    private uint NewLeaf(ReadOnlySpan<byte> suffix, uint number)
    {
        uint reference = (_arena.Allocate(SubjectLeaf.SizeOf(suffix.Length)) << 1) | 1;
        SubjectLeaf leaf = Leaf(reference);
        leaf.Number = number;
        leaf.SetSuffix(suffix);
        return reference;
    }

    private uint NewNode(int capacity, ReadOnlySpan<byte> prefix)
    {
        uint reference = _arena.Allocate(SubjectNode.SizeOf(capacity, prefix.Length)) << 1;
        SubjectNode node = Node(reference);
        node.Header = new SubjectNodeHeader { Capacity = (ushort)capacity, PrefixLength = (ushort)prefix.Length };
        prefix.CopyTo(node.Prefix);
        return reference;
    }

    private uint MoveLeaf(uint at, ReadOnlySpan<byte> suffix)
    {
        uint moved = NewLeaf(suffix, Leaf(at).Number);
        FreeLeafPiece(at);
        return moved;
    }

    private uint MoveNode(uint at, int capacity, ReadOnlySpan<byte> prefix)
    {
        uint moved = NewNode(capacity, prefix);
        SubjectNode old = Node(at);
        SubjectNode node = Node(moved);
        ref SubjectNodeHeader header = ref node.Header;
        (header.MaxLast, header.Leaves, header.End, header.ChildCount) = (old.Header.MaxLast, old.Header.Leaves, old.Header.End, old.Header.ChildCount);
        old.Children.CopyTo(node.Children);
        old.Keys.CopyTo(node.Keys);
        FreeNode(at);
        return moved;
    }

    private uint WithRoom(uint at)
    {
        SubjectNode node = Node(at);
        return node.Header.ChildCount < node.Header.Capacity ? at : MoveNode(at, Larger(node.Header.Capacity), node.Prefix);
    }

    // Ten is what decimal digits need, and most large indexes have numbers in their subjects.
    private static int Larger(int capacity) => capacity < 12 ? (capacity + 2) & ~1 : Math.Min(LargestCapacity, (capacity + (capacity / 3)) & ~1);

    private static void PutChild(SubjectNode node, byte key, uint child)
    {
        int index = 0;
        ReadOnlySpan<byte> keys = node.Keys;
        while (index < keys.Length && keys[index] < key) index++;
        int moved = node.Header.ChildCount - index;
        node.Header.ChildCount++;
        node.Keys.Slice(index, moved).CopyTo(node.Keys[(index + 1)..]);
        node.Children.Slice(index, moved).CopyTo(node.Children[(index + 1)..]);
        node.Keys[index] = key;
        node.Children[index] = child;
    }

    private static void TakeChild(SubjectNode node, int index)
    {
        node.Keys[(index + 1)..].CopyTo(node.Keys[index..]);
        node.Children[(index + 1)..].CopyTo(node.Children[index..]);
        node.Header.ChildCount--;
    }

    private void FreeNode(uint at) => _arena.Free(at >> 1, Node(at).Bytes);

    private void FreeLeaf(uint at)
    {
        uint number = Leaf(at).Number;
        if (_entries[number].IsIrregular) IrregularCount--;
        if (_freeCount == _freeNumbers.Length) Array.Resize(ref _freeNumbers, Math.Max(16, 2 * _freeCount));
        _freeNumbers[_freeCount++] = number;
        FreeLeafPiece(at);
    }

    private void FreeLeafPiece(uint at) => _arena.Free(at >> 1, Leaf(at).Bytes);

    /// <summary>What of a subject goes into the tree.</summary>
    private readonly record struct NewSubject(uint Number, ulong Last);

    /// <summary>Where a reference stands: in a node, or nowhere but at the root.</summary>
    private readonly record struct Slot(uint Node, int Child);
}
