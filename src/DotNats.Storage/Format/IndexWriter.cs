using System.Buffers;
using System.Buffers.Binary;

namespace DotNats.Storage;

/// <summary>Writes the numbers and bytes an index file consists of.</summary>
/// <param name="mostBytes">Whoever writes looks now and then whether it is more.</param>
internal readonly struct IndexWriter(ArrayBufferWriter<byte> target, int mostBytes = int.MaxValue)
{
    private const int MaxVarintBytes = 10;

    public int Length => target.WrittenCount;

    public bool IsFull => target.WrittenCount > mostBytes;

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number((ulong)bytes.Length);
        target.Write(bytes);
    }

    public void Number(ulong value)
    {
        Span<byte> room = target.GetSpan(MaxVarintBytes);
        int at = 0;
        for (; value >= 0x80; value >>= 7) room[at++] = (byte)(value | 0x80);
        room[at++] = (byte)value;
        target.Advance(at);
    }

    public void Time(long value) => Number((ulong)value);

    /// <summary>Runs, each as its distance from the one before and its length.</summary>
    public void Set(SequenceSet set)
    {
        ulong count = 0;
        ulong from = 0;
        while (set.TryNextRun(from, out _, out ulong last))
        {
            count++;
            from = last + 1;
        }

        Number(count);
        from = 0;
        while (set.TryNextRun(from, out ulong first, out ulong last))
        {
            Number(first - from);
            Number(last - first);
            from = last + 1;
        }
    }

    public void Raw(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target.GetSpan(sizeof(ulong)), value);
        target.Advance(sizeof(ulong));
    }
}

/// <summary>Reads what an <see cref="IndexWriter"/> wrote.</summary>
internal ref struct IndexReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Something was not as it can have been written; everything read since is zero.</summary>
    public bool HasFailed { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty && !HasFailed;

    public ReadOnlySpan<byte> Bytes()
    {
        ulong length = Number();
        if (length > (ulong)_rest.Length) return Fail();
        ReadOnlySpan<byte> bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return bytes;
    }

    /// <summary>So many bytes as they are.</summary>
    public ReadOnlySpan<byte> Raw(int length)
    {
        if (length > _rest.Length) return Fail();
        ReadOnlySpan<byte> bytes = _rest[..length];
        _rest = _rest[length..];
        return bytes;
    }

    public ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && !_rest.IsEmpty; shift += 7)
        {
            byte next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        Fail();
        return 0;
    }

    public long Time() => (long)Number();

    /// <summary>A zigzag number.</summary>
    public long Signed()
    {
        ulong value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number of things of which each takes so many bytes at least.</summary>
    public int Count(int leastBytes)
    {
        ulong count = Number();
        if (count <= (ulong)(_rest.Length / leastBytes)) return (int)count;
        Fail();
        return 0;
    }

    public void Set(SequenceSet target)
    {
        ulong from = 0;
        for (int left = Count(leastBytes: 2); left > 0; left--)
        {
            ulong first = from + Number();
            ulong last = first + Number();
            if (first < from || last < first || last == ulong.MaxValue) Fail();
            if (HasFailed) return;
            target.AddRange(first, last);
            from = last + 1;
        }
    }

    public ReadOnlySpan<byte> Fail()
    {
        HasFailed = true;
        _rest = default;
        return default;
    }
}
