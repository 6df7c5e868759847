namespace DotNats.JetStream.Publishing;

/// <summary>Where an id lies in an <see cref="IdStore"/>.</summary>
/// <param name="Block">Number of the block, counted from the store's beginning.</param>
internal readonly record struct IdPlace(int Block, int Offset, int Length);

/// <summary>Bytes of ids one behind the other, in blocks that are let go as a whole once the oldest ids are.</summary>
// Owner: its DuplicateWindow. Lifetime: the window's. Invariant: a block's number never changes; the last block is the one being filled.
internal sealed class IdStore
{
    private const int BlockBytes = 16 * 1024;

    // Most streams know few ids: blocks begin small and grow with what is held.
    private const int SmallestBlock = 512;

    private readonly List<byte[]> _blocks = [];
    private byte[]? _spare;
    private byte[] _last = [];
    private int _used;

    // The first block of the queue has this number.
    private int _firstNumber;

    /// <summary>Bytes it holds.</summary>
    public long Bytes { get; private set; }

    public IdPlace Add(ReadOnlySpan<byte> id)
    {
        if (id.Length > _last.Length - _used) Open(id.Length);
        var place = new IdPlace(_firstNumber + _blocks.Count - 1, _used, id.Length);
        id.CopyTo(_last.AsSpan(_used));
        _used += id.Length;
        return place;
    }

    public ReadOnlySpan<byte> Read(IdPlace place) => _blocks[place.Block - _firstNumber].AsSpan(place.Offset, place.Length);

    /// <summary>Lets go what lies before the oldest id that is left; everything where none is.</summary>
    public void Trim(IdPlace? oldest)
    {
        int keep = oldest?.Block ?? (_firstNumber + _blocks.Count);
        while (_firstNumber < keep)
        {
            byte[] block = _blocks[0];
            _blocks.RemoveAt(0);
            _firstNumber++;
            Bytes -= block.Length;
            if (block.Length == BlockBytes) _spare = block;
        }

        if (oldest is null) (_last, _used) = ([], 0);
    }

    public void Clear()
    {
        Trim(oldest: null);
        _spare = null;
    }

    private void Open(int length)
    {
        int size = (int)Math.Clamp(Bytes, SmallestBlock, BlockBytes);
        if (length > size) size = length;
        if (size == BlockBytes && _spare is { } spare) (_last, _spare) = (spare, null);
        else _last = new byte[size];
        _used = 0;
        _blocks.Add(_last);
        Bytes += _last.Length;
    }
}
