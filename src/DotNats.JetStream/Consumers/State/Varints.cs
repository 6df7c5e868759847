using System.Buffers;

namespace DotNats.JetStream.Consumers.State;

/// <summary>Writes numbers as Go's <c>encoding/binary</c> does: seven bits a byte, the lowest first.</summary>
internal readonly ref struct VarintWriter(IBufferWriter<byte> target)
{
    /// <summary>Bytes that every number fits in.</summary>
    public const int MaxBytes = 10;

    /// <summary>Writes a number and returns its length.</summary>
    public static int Write(Span<byte> bytes, ulong value)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7) bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        return length;
    }

    public void Byte(byte value)
    {
        target.GetSpan(1)[0] = value;
        target.Advance(1);
    }

    public void Number(ulong value) => target.Advance(Write(target.GetSpan(MaxBytes), value));

    /// <summary>In zigzag: small numbers are short whatever their sign.</summary>
    public void Signed(long value) => Number((ulong)(value << 1) ^ (ulong)(value >> 63));

    public void Redelivered(ulong distance, int more)
    {
        Number(distance);
        Number((ulong)more);
    }
}

/// <summary>Reads what <see cref="VarintWriter"/> writes; of what is cut or too long it is broken, and reads 0 from there on.</summary>
internal ref struct VarintReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public bool IsBroken { get; private set; }

    public readonly int Left => _rest.Length;

    public ulong Number()
    {
        ulong value = 0;
        for (int i = 0; i < _rest.Length && i < 10; i++)
        {
            byte part = _rest[i];
            if (i == 9 && part > 1) break;
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part >= 0x80) continue;
            _rest = _rest[(i + 1)..];
            return value;
        }

        IsBroken = true;
        _rest = default;
        return 0;
    }

    /// <summary>So many bytes.</summary>
    public ReadOnlySpan<byte> Bytes(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            IsBroken = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    public long Signed()
    {
        ulong value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
