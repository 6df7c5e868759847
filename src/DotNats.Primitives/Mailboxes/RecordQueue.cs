using System.Buffers;
using System.Buffers.Binary;

namespace DotNats.Primitives;

/// <summary>What became of a record that was offered to a <see cref="RecordQueue"/>.</summary>
/// <param name="IsTaken">False where there was no room.</param>
/// <param name="MustWake">Whoever offered it has to start the reader.</param>
/// <param name="IsHigh">More than half of the room is in use: a producer that can wait should.</param>
public readonly record struct PostOutcome(bool IsTaken, bool MustWake, bool IsHigh);

/// <summary>
/// Byte records from many writers, taken in whole batches by one reader at a time: what a <see cref="Mailbox{T}"/> is for objects, without an
/// object for each. A record is copied once, into pooled chunks.
/// </summary>
/// <remarks>The queue only remembers whether a reader has been started; its user starts it, where an answer says so.</remarks>
// Owner: any thread posts, one reader takes; guarded by _gate. A batch is its reader's until it is given back.
// Lifetime: its user's. Invariant: count and bytes of what waits and of batches not given back stay within the limits, but for one record that
// is larger than all of the room and finds the queue empty.
public sealed class RecordQueue(ChunkPool chunks, int maxCount, long maxBytes)
{
    private readonly Lock _gate = new();
    private Stack<RecordBatch>? _spare;

    // Made for the first record: most queues of a large server have none.
    private RecordBatch? _filling;
    private int _count;
    private long _bytes;
    private bool _hasReader;
    private bool _isClosed;

    /// <summary>Records waiting or not given back yet.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Their bytes.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>More than half of the room is in use.</summary>
    public bool IsHigh => Count > maxCount / 2 || Bytes > maxBytes / 2;

    /// <summary>Leaves a record that consists of these parts, one behind the other.</summary>
    public PostOutcome TryPost(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> fourth)
    {
        int length = first.Length + second.Length + third.Length + fourth.Length;
        lock (_gate)
        {
            if (_isClosed || (_count > 0 && (_count >= maxCount || _bytes + length > maxBytes))) return default;
            Span<byte> target = (_filling ??= new RecordBatch()).Reserve(chunks, length);
            first.CopyTo(target);
            second.CopyTo(target[first.Length..]);
            third.CopyTo(target[(first.Length + second.Length)..]);
            fourth.CopyTo(target[(length - fourth.Length)..]);
            _count++;
            _bytes += length;
            bool mustWake = !_hasReader;
            _hasReader = true;
            return new PostOutcome(true, mustWake, _count > maxCount / 2 || _bytes > maxBytes / 2);
        }
    }

    /// <summary>Asks for the reader though there is no record; true where whoever asks has to start it.</summary>
    public bool TryWake()
    {
        lock (_gate)
        {
            if (_hasReader) return false;
            _hasReader = true;
            return true;
        }
    }

    /// <summary>Everything that waits; null where nothing does. For the reader alone.</summary>
    public RecordBatch? Take()
    {
        lock (_gate)
        {
            if (_filling is not { Count: > 0 }) return null;
            RecordBatch taken = _filling;
            _filling = _spare is { Count: > 0 } spare ? spare.Pop() : null;
            return taken;
        }
    }

    /// <summary>Frees the room of a batch, whose spans are void from now on.</summary>
    public void GiveBack(RecordBatch batch)
    {
        (int count, long bytes) = (batch.Count, batch.Bytes);
        batch.Release(chunks);
        lock (_gate)
        {
            _count -= count;
            _bytes -= bytes;
            _spare ??= new Stack<RecordBatch>();
            if (_spare.Count < 4) _spare.Push(batch);
        }
    }

    /// <summary>The reader ends, unless records came meanwhile: then it has to go on.</summary>
    public bool TryRest()
    {
        lock (_gate)
        {
            if (_filling is { Count: > 0 }) return false;
            _hasReader = false;
            return true;
        }
    }

    /// <summary>Gives back what a busier time needed.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            _spare = null;
            if (_filling is { Count: 0 }) _filling = null;
        }
    }

    /// <summary>Takes no more records; what waits can still be taken.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
    }
}

/// <summary>Byte records one behind the other in pooled chunks.</summary>
// Owner: one at a time: whoever fills it (a queue, under its lock), then whoever reads it and gives it back.
public sealed class RecordBatch
{
    private const int LengthBytes = 4;

    // A queue with little traffic holds little memory: the first chunk of a batch is small.
    private const int FirstChunk = 4 * 1024;

    private readonly List<Segment> _segments = [];

    /// <summary>Records in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the records.</summary>
    public long Bytes { get; private set; }

    /// <summary>The records, each valid until the batch is given back.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Room for one more record, to be filled by the caller.</summary>
    public Span<byte> Reserve(ChunkPool chunks, int length)
    {
        int needed = LengthBytes + length;
        if (_segments.Count == 0 || _segments[^1].Buffer.Length - _segments[^1].Length < needed) AddSegment(chunks, needed);
        Segment last = _segments[^1];
        BinaryPrimitives.WriteInt32LittleEndian(last.Buffer.AsSpan(last.Length), length);
        _segments[^1] = last with { Length = last.Length + needed };
        Count++;
        Bytes += length;
        return last.Buffer.AsSpan(last.Length + LengthBytes, length);
    }

    /// <summary>Empties it; its spans are void from now on.</summary>
    public void Release(ChunkPool chunks)
    {
        foreach (Segment segment in _segments)
        {
            if (segment.IsChunk) chunks.Return(segment.Buffer);
            else ArrayPool<byte>.Shared.Return(segment.Buffer);
        }

        _segments.Clear();
        Count = 0;
        Bytes = 0;
    }

    private void AddSegment(ChunkPool chunks, int needed)
    {
        if (needed > ChunkPool.LargestChunk)
        {
            _segments.Add(new Segment(ArrayPool<byte>.Shared.Rent(needed), 0, IsChunk: false));
            return;
        }

        int wanted = _segments.Count == 0 ? FirstChunk : ChunkPool.LargestChunk;
        _segments.Add(new Segment(chunks.Rent(Math.Max(wanted, needed)), 0, IsChunk: true));
    }

    private readonly record struct Segment(byte[] Buffer, int Length, bool IsChunk);

    /// <summary>Goes through a batch.</summary>
    public struct Enumerator(RecordBatch batch)
    {
        private int _segment = 0;
        private int _next = 0;
        private int _start = 0;
        private int _length = 0;

        /// <summary>The record at hand.</summary>
        public readonly ReadOnlySpan<byte> Current => batch._segments[_segment].Buffer.AsSpan(_start, _length);

        /// <summary>Goes to the next record; false behind the last.</summary>
        public bool MoveNext()
        {
            while (_segment < batch._segments.Count)
            {
                Segment segment = batch._segments[_segment];
                if (_next < segment.Length)
                {
                    _length = BinaryPrimitives.ReadInt32LittleEndian(segment.Buffer.AsSpan(_next));
                    _start = _next + LengthBytes;
                    _next = _start + _length;
                    return true;
                }

                _segment++;
                _next = 0;
            }

            return false;
        }
    }
}
