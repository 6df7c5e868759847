namespace DotNats.Storage;

/// <summary>What is told of a message that was just removed. Filled under the log's gate, told outside it, used again and again.</summary>
// Owner: the log's writer.
internal sealed class RemovedMessage
{
    private byte[] _bytes = [];
    private int _subjectLength;
    private int _headersLength;

    public ulong Sequence { get; private set; }

    public long Timestamp { get; private set; }

    public int Bytes { get; private set; }

    public bool IsLastOfSubject { get; set; }

    public ReadOnlySpan<byte> Subject => _bytes.AsSpan(0, _subjectLength);

    public ReadOnlySpan<byte> Headers => _bytes.AsSpan(_subjectLength, _headersLength);

    public void Set(in RecordView record)
    {
        (Sequence, Timestamp, Bytes) = (record.Sequence, record.Timestamp, record.Bytes.Length);
        (_subjectLength, _headersLength) = (record.Subject.Length, record.Headers.Length);
        if (_bytes.Length < _subjectLength + _headersLength) _bytes = new byte[Math.Max(256, _subjectLength + _headersLength)];
        record.Subject.CopyTo(_bytes);
        record.Headers.CopyTo(_bytes.AsSpan(_subjectLength));
    }

    /// <summary>A message that cannot be read.</summary>
    public void SetUnknown(ulong sequence)
    {
        (Sequence, Timestamp, Bytes, IsLastOfSubject) = (sequence, 0, 0, false);
        (_subjectLength, _headersLength) = (0, 0);
    }
}
