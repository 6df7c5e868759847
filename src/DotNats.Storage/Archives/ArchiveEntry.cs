namespace DotNats.Storage;

/// <summary>What stands before each entry of a message archive.</summary>
/// <param name="Timestamp">Nanoseconds since 1970.</param>
/// <param name="Sequence">A message's; 0 for everything else.</param>
/// <param name="HeadersLength">Bytes at the beginning of the body that are a header block.</param>
/// <param name="PayloadLength">Bytes of the body behind them.</param>
public readonly record struct ArchiveEntry(long Timestamp, ulong Sequence, long HeadersLength, long PayloadLength)
{
    /// <summary>What nothing but the end of an archive looks like.</summary>
    public bool IsEnd => this == default;

    public long BodyLength => HeadersLength + PayloadLength;
}
