using System.Buffers.Binary;

namespace DotNats.Storage;

/// <summary>A record of a group.</summary>
internal readonly ref struct RedoRecord
{
    public byte Kind { get; init; }

    public ReadOnlySpan<byte> Name { get; init; }

    public long Offset { get; init; }

    public ReadOnlySpan<byte> Bytes { get; init; }
}

/// <summary>Goes through the records of a group.</summary>
internal ref struct RedoReader(ReadOnlySpan<byte> payload)
{
    private const int NameHeadBytes = 3;
    private const int WriteHeadBytes = 12;

    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>False at the end, and where what follows is no record.</summary>
    public bool TryRead(out RedoRecord record)
    {
        record = default;
        if (_rest.Length < NameHeadBytes) return false;
        byte kind = _rest[0];
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(_rest[1..]);
        if (_rest.Length < NameHeadBytes + nameBytes) return false;
        ReadOnlySpan<byte> name = _rest.Slice(NameHeadBytes, nameBytes);
        ReadOnlySpan<byte> rest = _rest[(NameHeadBytes + nameBytes)..];
        if (kind == RedoFormat.Forget)
        {
            record = new RedoRecord { Kind = kind, Name = name };
            _rest = rest;
            return true;
        }

        if (kind != RedoFormat.Write || rest.Length < WriteHeadBytes) return false;
        long offset = BinaryPrimitives.ReadInt64LittleEndian(rest);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
        if (offset < 0 || length > (uint)(rest.Length - WriteHeadBytes)) return false;
        record = new RedoRecord { Kind = kind, Name = name, Offset = offset, Bytes = rest.Slice(WriteHeadBytes, (int)length) };
        _rest = rest[(WriteHeadBytes + (int)length)..];
        return true;
    }
}
