namespace Crash.Disk;

/// <summary>Bytes that grow.</summary>
internal sealed class FileBytes
{
    private byte[] _bytes = [];

    public long Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, (int)Length);

    public int Read(Span<byte> target, long offset)
    {
        int length = (int)Math.Clamp(Length - offset, 0, target.Length);
        if (length > 0) _bytes.AsSpan((int)offset, length).CopyTo(target);
        return length;
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (bytes.IsEmpty) return;
        if (offset + bytes.Length > Length) SetLength(offset + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan((int)offset));
    }

    public void SetLength(long length)
    {
        if (length > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Max(length, 2L * _bytes.Length));
        if (length < Length) _bytes.AsSpan((int)length, (int)(Length - length)).Clear();
        Length = length;
    }

    public void FlipBit(long bit) => _bytes[bit / 8] ^= (byte)(1 << (int)(bit % 8));

    public FileBytes Copy()
    {
        var copy = new FileBytes();
        copy.Write(Span, 0);
        return copy;
    }
}
