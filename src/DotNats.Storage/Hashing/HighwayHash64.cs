using System.Runtime.CompilerServices;

namespace DotNats.Storage;

/// <summary>HighwayHash with 64 bits of result: the checksum of records, meta files and indexes. Keyed; no allocation.</summary>
/// <remarks>
/// A value: make one from its key once, copy it for each thing to be hashed, append in pieces of any size, finish once. In files the
/// result lies little-endian.
/// </remarks>
// Source: "Fast strong hash functions: SipHash/HighwayHash" (Google) and its published test vectors.
public struct HighwayHash64
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a result.</summary>
    public const int HashBytes = 8;

    private const int PacketBytes = 32;

    private HighwayLanes _lanes;
    private Packet _rest;
    private int _restLength;

    /// <param name="key">32 bytes.</param>
    public HighwayHash64(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes);
        _lanes = new HighwayLanes(key);
    }

    /// <summary>Hashes one piece under a key.</summary>
    public static ulong Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes)
    {
        var hash = new HighwayHash64(key);
        hash.Append(bytes);
        return hash.Finish();
    }

    /// <summary>Goes on with these bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_restLength > 0)
        {
            Span<byte> rest = _rest;
            int taken = Math.Min(PacketBytes - _restLength, bytes.Length);
            bytes[..taken].CopyTo(rest[_restLength..]);
            _restLength += taken;
            if (_restLength < PacketBytes) return;
            _lanes.Update(rest);
            _restLength = 0;
            bytes = bytes[taken..];
        }

        int whole = bytes.Length & ~(PacketBytes - 1);
        if (whole > 0) _lanes.Update(bytes[..whole]);
        if (whole == bytes.Length) return;
        bytes[whole..].CopyTo(_rest);
        _restLength = bytes.Length - whole;
    }

    /// <summary>The hash of everything appended. The value is used up; a copy made before is not.</summary>
    public ulong Finish()
    {
        if (_restLength > 0) AbsorbRest();
        return _lanes.Finish();
    }

    // The last bytes are spread over a packet so that their number matters as much as they do.
    private void AbsorbRest()
    {
        ReadOnlySpan<byte> rest = ((ReadOnlySpan<byte>)_rest)[.._restLength];
        int fours = _restLength & ~3;
        int odd = _restLength & 3;
        Packet filled = default;
        Span<byte> packet = filled;
        rest[..fours].CopyTo(packet);
        if ((_restLength & 16) != 0)
        {
            rest[^4..].CopyTo(packet[28..]);
        }
        else if (odd != 0)
        {
            packet[16] = rest[fours];
            packet[17] = rest[fours + (odd >> 1)];
            packet[18] = rest[^1];
        }

        _lanes.Absorb(_restLength, packet);
    }

    [InlineArray(PacketBytes)]
    private struct Packet
    {
        private byte _first;
    }
}
