using System.Buffers;

namespace DotNats.Storage;

/// <summary>What of a journal waits to be written: perhaps a whole state, and the changes since.</summary>
// Owner: one after the other the state's owner, who fills it, and whoever has the turn at the files. Its memory goes back once it is written.
internal sealed class JournalBatch
{
    private const int SmallestBuffer = 1024;

    private byte[] _buffer = [];
    private int _length = JournalFormat.FrameHeadBytes;

    /// <summary>The state that takes the place of everything before; null where there is none.</summary>
    public byte[]? State { get; private set; }

    /// <summary>Where it ends in the history of the state.</summary>
    public long Position { get; set; }

    /// <summary>Somebody waits for it to be safe.</summary>
    public bool IsUrgent { get; set; }

    public int ChangeBytes => _length - JournalFormat.FrameHeadBytes;

    public bool IsEmpty => State is null && ChangeBytes == 0;

    /// <summary>Room for a frame's head, then the changes.</summary>
    public Span<byte> Frame => ChangeBytes == 0 ? default : _buffer.AsSpan(0, _length);

    public ReadOnlySpan<byte> Changes => Frame.IsEmpty ? default : Frame[JournalFormat.FrameHeadBytes..];

    public void Append(ReadOnlySpan<byte> change)
    {
        if (_length + change.Length > _buffer.Length) Grow(change.Length);
        change.CopyTo(_buffer.AsSpan(_length));
        _length += change.Length;
    }

    /// <summary>A whole state: changes before it need not be written.</summary>
    public void SetState(byte[] state)
    {
        State = state;
        _length = JournalFormat.FrameHeadBytes;
    }

    /// <summary>Adds what came later.</summary>
    public void Add(JournalBatch later)
    {
        if (later.State is not null) SetState(later.State);
        Append(later.Changes);
        Position = later.Position;
        IsUrgent |= later.IsUrgent;
    }

    public void Clear()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = JournalFormat.FrameHeadBytes;
        State = null;
        IsUrgent = false;
    }

    private void Grow(int bytes)
    {
        byte[] grown = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBuffer, (2 * _length) + bytes));
        _buffer.AsSpan(0, Math.Min(_length, _buffer.Length)).CopyTo(grown);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = grown;
    }
}
