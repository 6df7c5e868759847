using System.Buffers.Binary;

namespace DotNats.Storage;

/// <summary>What was written to the files of several logs, to be made safe as one group of the redo journal.</summary>
// Owner: one thread at a time, which uses it again and again. Nothing is kept of what is added.
internal sealed class RedoBatch
{
    private const int SmallestBuffer = RedoFormat.Alignment;
    private const int MostKept = 1024 * 1024;
    private const int RecordHeadBytes = 15;

    // Whole pages.
    private byte[] _bytes = new byte[SmallestBuffer];

    /// <summary>Bytes of the group, its head included.</summary>
    public int Length { get; private set; } = RedoFormat.HeadBytes;

    /// <summary>It says everything that has to be made safe; otherwise only a sync does.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Something has to be made safe that is not in it.</summary>
    public void Spoil() => IsWhole = false;

    /// <summary>Bytes were written to a file.</summary>
    public void Add(ReadOnlySpan<byte> name, long offset, ReadOnlySpan<byte> bytes)
    {
        if (!IsWhole || !TryReserve(RecordHeadBytes + name.Length + bytes.Length)) return;
        AddHead(RedoFormat.Write, name);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(Length), offset);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(Length + 8), bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length + 12));
        Length += 12 + bytes.Length;
    }

    /// <summary>What groups before this one wrote into a directory does not count any more.</summary>
    public void Forget(ReadOnlySpan<byte> directory)
    {
        if (TryReserve(RecordHeadBytes + directory.Length)) AddHead(RedoFormat.Forget, directory);
    }

    /// <summary>The group as it is to be written, when its head is.</summary>
    public Span<byte> Group => _bytes.AsSpan(0, Length);

    /// <summary>The group and what fills up its last page.</summary>
    public Span<byte> Pages => _bytes.AsSpan(0, (int)RedoFormat.Align(Length));

    public void Clear()
    {
        (Length, IsWhole) = (RedoFormat.HeadBytes, true);
        if (_bytes.Length > MostKept) _bytes = new byte[SmallestBuffer];
    }

    private void AddHead(byte kind, ReadOnlySpan<byte> name)
    {
        _bytes[Length] = kind;
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(Length + 1), (ushort)name.Length);
        name.CopyTo(_bytes.AsSpan(Length + 3));
        Length += 3 + name.Length;
    }

    private bool TryReserve(int bytes)
    {
        if (Length + bytes > RedoFormat.HeadBytes + RedoFormat.MostPayload)
        {
            Spoil();
            return false;
        }

        if (Length + bytes > _bytes.Length) Array.Resize(ref _bytes, (int)RedoFormat.Align(Math.Max(Length + bytes, 2 * _bytes.Length)));
        return true;
    }
}
