namespace DotNats.Storage;

/// <summary>One message read from a log: made once by its reader, filled again and again.</summary>
// Owner: the reader. Lifetime: spans are valid until the next read into the same buffer.
// Invariant: subject, headers, payload and CR LF lie one behind the other, so that what goes to clients needs no copy.
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

    /// <summary>Header block, payload and CR LF: as a message is sent.</summary>
    public ReadOnlySpan<byte> Body => _bytes.AsSpan(_subjectLength, _bytes.Length == 0 ? 0 : _headersLength + _payloadLength + 2);

    /// <summary>Takes a copy of a message.</summary>
    public void Set(ulong sequence, long timestamp, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        int length = subject.Length + headers.Length + payload.Length + 2;
        if (_bytes.Length < length) _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(length, Math.Min(2 * _bytes.Length, Array.MaxLength)));
        subject.CopyTo(_bytes);
        headers.CopyTo(_bytes.AsSpan(subject.Length));
        payload.CopyTo(_bytes.AsSpan(subject.Length + headers.Length));
        "\r\n"u8.CopyTo(_bytes.AsSpan(length - 2));
        (Sequence, Timestamp) = (sequence, timestamp);
        (_subjectLength, _headersLength, _payloadLength) = (subject.Length, headers.Length, payload.Length);
    }
}
