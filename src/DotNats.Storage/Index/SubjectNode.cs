using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>Fixed part of a node where subjects part.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SubjectNodeHeader
{
    public const int Size = 24;

    /// <summary>No message below has a greater sequence.</summary>
    public ulong MaxLast;

    /// <summary>Number of leaves below.</summary>
    public int Leaves;

    /// <summary>Leaf of the subject that ends here, or 0.</summary>
    public uint End;

    public ushort PrefixLength;
    public ushort ChildCount;
    public ushort Capacity;
    public ushort Unused;
}

/// <summary>
/// A node of a <see cref="SubjectIndex"/> where subjects part, as it lies in the arena: header, children, their first bytes ascending, the bytes
/// all subjects below have in common.
/// </summary>
// Lifetime: until the next Allocate of the arena.
internal readonly ref struct SubjectNode(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    public ref SubjectNodeHeader Header => ref MemoryMarshal.AsRef<SubjectNodeHeader>(_bytes);

    /// <summary>References of the children, in the order of <see cref="Keys"/>.</summary>
    public Span<uint> Children => MemoryMarshal.Cast<byte, uint>(_bytes.Slice(SubjectNodeHeader.Size, Header.ChildCount * sizeof(uint)));

    public Span<byte> Keys => _bytes.Slice(SubjectNodeHeader.Size + (Header.Capacity * sizeof(uint)), Header.ChildCount);

    public Span<byte> Prefix => _bytes.Slice(SubjectNodeHeader.Size + (Header.Capacity * (sizeof(uint) + 1)), Header.PrefixLength);

    public int Bytes => SizeOf(Header.Capacity, Header.PrefixLength);

    public static int SizeOf(int capacity, int prefixLength) => SubjectNodeHeader.Size + (capacity * (sizeof(uint) + 1)) + prefixLength;

    /// <summary>The child below a byte, or 0.</summary>
    public uint Child(byte key)
    {
        int index = Keys.IndexOf(key);
        return index < 0 ? 0 : Children[index];
    }
}

/// <summary>The end of one subject in a <see cref="SubjectIndex"/>: its number and the bytes no node above has.</summary>
// Lifetime: until the next Allocate of the arena.
internal readonly ref struct SubjectLeaf(Span<byte> bytes)
{
    private const int LengthAt = sizeof(uint);
    private const int SuffixAt = LengthAt + sizeof(ushort);

    private readonly Span<byte> _bytes = bytes;

    /// <summary>No other subject of its index has it; given to another once this one is gone.</summary>
    public ref uint Number => ref MemoryMarshal.AsRef<uint>(_bytes);

    public ReadOnlySpan<byte> Suffix => _bytes.Slice(SuffixAt, BitConverter.ToUInt16(_bytes[LengthAt..]));

    public int Bytes => SizeOf(BitConverter.ToUInt16(_bytes[LengthAt..]));

    public static int SizeOf(int suffixLength) => SuffixAt + suffixLength;

    public void SetSuffix(ReadOnlySpan<byte> suffix)
    {
        BitConverter.TryWriteBytes(_bytes[LengthAt..], (ushort)suffix.Length);
        suffix.CopyTo(_bytes[SuffixAt..]);
    }
}
