using System.Buffers;

namespace DotNats.Storage;

/// <summary>Builds the bytes of a whole journal.</summary>
internal sealed class JournalCopy
{
    private readonly JournalFormat _format;
    private readonly ulong _generation;
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public JournalCopy(JournalFormat format, in JournalHead head, bool isSealed)
    {
        (_format, _generation) = (format, head.Generation);
        Span<byte> bytes = stackalloc byte[JournalFormat.HeadBytes];
        format.WriteHead(bytes, head, isSealed);
        _bytes.Write(bytes);
    }

    /// <summary>Adds a frame; its payload is sealed where the journal is.</summary>
    public void Add(ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[JournalFormat.FrameHeadBytes + payload.Length];
        payload.CopyTo(frame.AsSpan(JournalFormat.FrameHeadBytes));
        _format.WriteFrameHead(frame, _generation, _bytes.WrittenCount);
        _bytes.Write(frame);
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
