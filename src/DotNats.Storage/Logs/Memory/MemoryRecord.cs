using System.Runtime.InteropServices;

namespace DotNats.Storage;

[Flags]
internal enum MemoryRecordFlags : byte
{
    None = 0,

    /// <summary>Has a deadline of its own.</summary>
    Expires = 1,

    /// <summary>Stays whatever its age.</summary>
    NeverExpires = 2,

    /// <summary>The inspector marked it.</summary>
    Marked = 4,
}

/// <summary>What lies before the bytes of a message in memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemoryRecordHeader
{
    public const int Size = 48;

    public ulong Sequence;
    public long Timestamp;

    /// <summary>The message of the same subject before this one; 0 for none.</summary>
    public ulong PreviousOfSubject;

    /// <summary>The message of the same subject behind this one; 0 for none.</summary>
    public ulong NextOfSubject;

    public int HeadersLength;
    public int PayloadLength;
    public ushort SubjectLength;
    public MemoryRecordFlags Flags;
    public byte Unused;
    public int Unused2;
}

/// <summary>A message as it lies in a chunk: header, subject, headers, payload.</summary>
// Lifetime: until the log changes.
internal readonly ref struct MemoryRecord(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    public ref MemoryRecordHeader Header => ref MemoryMarshal.AsRef<MemoryRecordHeader>(_bytes);

    public ReadOnlySpan<byte> Subject => _bytes.Slice(MemoryRecordHeader.Size, Header.SubjectLength);

    public ReadOnlySpan<byte> Headers => _bytes.Slice(MemoryRecordHeader.Size + Header.SubjectLength, Header.HeadersLength);

    public ReadOnlySpan<byte> Payload => _bytes.Slice(MemoryRecordHeader.Size + Header.SubjectLength + Header.HeadersLength, Header.PayloadLength);

    /// <summary>Bytes it takes in its chunk.</summary>
    public int Size => SizeOf(Header.SubjectLength, Header.HeadersLength, Header.PayloadLength);

    /// <summary>Bytes it counts for in the state of the log. Compat: nats-server's memory store adds 16 to what it is given.</summary>
    public int CountedBytes => 16 + Header.SubjectLength + Header.HeadersLength + Header.PayloadLength;

    public static int SizeOf(int subjectLength, int headersLength, int payloadLength) =>
        (MemoryRecordHeader.Size + subjectLength + headersLength + payloadLength + 7) & ~7;

    public void Fill(MemoryRecordHeader header, in NewMessage message)
    {
        header.SubjectLength = (ushort)message.Subject.Length;
        header.HeadersLength = message.Headers.Length;
        header.PayloadLength = message.Payload.Length;
        Header = header;
        Span<byte> target = _bytes[MemoryRecordHeader.Size..];
        message.Subject.CopyTo(target);
        message.Headers.CopyTo(target[message.Subject.Length..]);
        message.Payload.CopyTo(target[(message.Subject.Length + message.Headers.Length)..]);
    }

    /// <summary>Overwrites what was stored, not how long it was.</summary>
    public void Erase() => _bytes[MemoryRecordHeader.Size..Size].Clear();
}
