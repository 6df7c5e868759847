namespace DotNats.Storage;

/// <summary>One message read from a log: made once by its reader, filled again and again.</summary>
// Owner: the reader. Lifetime: spans are valid until the next read into the same buffer. Invariant: subject, headers and payload lie one behind the other.
public sealed class MessageBuffer
{
    private byte[] _bytes = [];
    private int _subjectLength;
    private int _headersLength;
    private int _payloadLength;

    public ulong Sequence { get; private set; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long Timestamp { get; private set; }

    public ReadOnlySpan<byte> Subject => _bytes.AsSpan(0, _subjectLength);

    /// <summary>Whole header block; empty for none.</summary>
    public ReadOnlySpan<byte> Headers => _bytes.AsSpan(_subjectLength, _headersLength);

    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(_subjectLength + _headersLength, _payloadLength);

    /// <summary>Takes a copy of a message.</summary>
    public void Set(ulong sequence, long timestamp, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        int length = subject.Length + headers.Length + payload.Length;
        if (_bytes.Length < length) _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(length, Math.Min(2 * _bytes.Length, Array.MaxLength)));
        subject.CopyTo(_bytes);
        headers.CopyTo(_bytes.AsSpan(subject.Length));
        payload.CopyTo(_bytes.AsSpan(subject.Length + headers.Length));
        (Sequence, Timestamp) = (sequence, timestamp);
        (_subjectLength, _headersLength, _payloadLength) = (subject.Length, headers.Length, payload.Length);
    }
}
