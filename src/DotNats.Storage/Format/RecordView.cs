namespace DotNats.Storage;

/// <summary>One record where it lies in a block. Made by <see cref="BlockFormat.TryRead"/> alone; its lengths fit, its checksum may not.</summary>
internal readonly ref struct RecordView
{
    private readonly ulong _sequence;
    private readonly int _subjectLength;
    private readonly int _headersLength;

    internal RecordView(ReadOnlySpan<byte> bytes, ulong sequence, long timestamp, int subjectLength, int headersLength)
    {
        Bytes = bytes;
        (_sequence, Timestamp) = (sequence, timestamp);
        (_subjectLength, _headersLength) = (subjectLength, headersLength);
    }

    /// <summary>The whole record.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long Timestamp { get; }

    /// <summary>The sequence it is about, without what its bits say.</summary>
    public ulong Sequence => _sequence & ~(BlockFormat.ErasedBit | BlockFormat.TombstoneBit);

    /// <summary>Says that the message with this sequence is deleted.</summary>
    public bool IsTombstone => (_sequence & BlockFormat.TombstoneBit) != 0;

    /// <summary>Vouches for the bytes before it: nothing about any message.</summary>
    public bool IsSeal => _sequence == BlockFormat.TombstoneBit && Payload.Length == SealFormat.PayloadBytes;

    /// <summary>Holds the place of a sequence whose message is overwritten or never was.</summary>
    // Compat: nats-server once wrote sequence 0 for erased messages.
    public bool IsErased => !IsTombstone && (_sequence == 0 || (_sequence & BlockFormat.ErasedBit) != 0);

    /// <summary>What says how long its subject is cannot be so: only messages have one.</summary>
    public bool HasLostItsSubject => _subjectLength > 0 && (IsTombstone || IsErased);

    /// <summary>A bit of the record belongs to a length inside it.</summary>
    public bool IsUnchecked(int bit)
    {
        for (int i = 0; i < BlockFormat.UncheckedBits(this); i++)
        {
            if (BlockFormat.UncheckedBit(this, i) == bit) return true;
        }

        return false;
    }

    public bool HasHeaders => _headersLength >= 0;

    public ReadOnlySpan<byte> Subject => Bytes.Slice(BlockFormat.HeaderBytes, _subjectLength);

    public ReadOnlySpan<byte> Headers => HasHeaders ? Bytes.Slice(HeadersAt, _headersLength) : default;

    public ReadOnlySpan<byte> Payload => Bytes[(HasHeaders ? HeadersAt + _headersLength : HeadersAt)..^BlockFormat.ChecksumBytes];

    /// <summary>What says how long its headers are; empty where it has none.</summary>
    public ReadOnlySpan<byte> HeadersLengthBytes => HasHeaders ? Bytes.Slice(BlockFormat.HeaderBytes + _subjectLength, sizeof(uint)) : default;

    private int HeadersAt => BlockFormat.HeaderBytes + _subjectLength + (HasHeaders ? sizeof(uint) : 0);
}
