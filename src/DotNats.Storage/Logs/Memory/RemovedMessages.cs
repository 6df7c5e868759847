namespace DotNats.Storage;

/// <summary>Messages that were removed under a gate and are told of when it is left.</summary>
// Owner: the log's writer. Lifetime: filled and emptied within one call.
internal sealed class RemovedMessages
{
    private readonly List<Entry> _entries = [];
    private byte[] _bytes = [];
    private int _length;

    public int Count => _entries.Count;

    /// <summary>Takes a copy of what will be told of a message, before it goes.</summary>
    public void Add(ulong sequence, MemoryRecord record, RemovalReason reason)
    {
        ReadOnlySpan<byte> headers = reason is RemovalReason.Age or RemovalReason.Ttl ? record.Headers : default;
        _entries.Add(new Entry(sequence, _length, record.Subject.Length, headers.Length, record.CountedBytes, reason, IsLastOfSubject: false));
        Append(record.Subject);
        Append(headers);
    }

    /// <summary>Says of the message added last whether its subject has no other.</summary>
    public void SetLastOfSubject(bool isLast) => _entries[^1] = _entries[^1] with { IsLastOfSubject = isLast };

    /// <summary>Tells of all, in the order they went, and forgets them.</summary>
    public void Tell(ILogListener listener)
    {
        if (_entries.Count == 0) return;
        foreach (Entry entry in _entries)
        {
            ReadOnlySpan<byte> subject = _bytes.AsSpan(entry.At, entry.SubjectLength);
            ReadOnlySpan<byte> headers = _bytes.AsSpan(entry.At + entry.SubjectLength, entry.HeadersLength);
            listener.OnRemoved(entry.Sequence, subject, headers, entry.Bytes, entry.Reason, entry.IsLastOfSubject);
        }

        _entries.Clear();
        _length = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        int end = _length + bytes.Length;
        if (_bytes.Length < end) Array.Resize(ref _bytes, Math.Max(end, Math.Max(256, _bytes.Length * 2)));
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length = end;
    }

    private readonly record struct Entry(
        ulong Sequence, int At, int SubjectLength, int HeadersLength, int Bytes, RemovalReason Reason, bool IsLastOfSubject);
}
