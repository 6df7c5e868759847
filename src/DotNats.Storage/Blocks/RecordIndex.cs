using System.Buffers;

namespace DotNats.Storage;

/// <summary>Where each message of a block starts, and a hash of its subject.</summary>
// Owner: an ActiveBlock, which adds under the log's gate, or a BlockContent, where it no longer changes.
// Invariant: sequences ascend; offsets too.
internal sealed class RecordIndex
{
    private const int SmallestSize = 64;

    // As many as the largest block has of the smallest records; what is said of a damaged one may be anything.
    private const int MostExpected = 256 * 1024;

    private int[] _offsets;
    private uint[] _hashes;
    // Only where sequences have gaps; otherwise the first one says all.
    private ulong[]? _sequences;
    private ulong _first;
    private bool _isRented;

    // Only where they were told; for the first so many records.
    private uint[] _numbers = [];
    private int _numbered;
    private bool _isUnnumbered;

    /// <param name="capacity">Records to make room for.</param>
    public RecordIndex(int capacity = 0)
    {
        _offsets = capacity == 0 ? [] : GC.AllocateUninitializedArray<int>(capacity);
        _hashes = capacity == 0 ? [] : GC.AllocateUninitializedArray<uint>(capacity);
    }

    /// <summary>One whose room is given back with <see cref="GiveBack"/>: of a block that is loaded only for a while.</summary>
    /// <param name="capacity">Records to make room for; there may be more.</param>
    public static RecordIndex Rent(int capacity)
    {
        capacity = Math.Clamp(capacity, SmallestSize, MostExpected);
        return new RecordIndex { _isRented = true, _offsets = ArrayPool<int>.Shared.Rent(capacity), _hashes = ArrayPool<uint>.Shared.Rent(capacity) };
    }

    public int Count { get; private set; }

    public ulong FirstSequence => Count == 0 ? 0 : SequenceAt(0);

    public ulong LastSequence => Count == 0 ? 0 : SequenceAt(Count - 1);

    /// <summary>Subjects' hashes, in the order of sequences.</summary>
    public ReadOnlySpan<uint> Hashes => _hashes.AsSpan(0, Count);

    /// <summary>Subjects' numbers, in the order of sequences; none where nobody told them.</summary>
    public ReadOnlySpan<uint> Numbers => _numbers.AsSpan(0, _numbered);

    public long HeldBytes => (4L * _numbers.Length) + (4L * _offsets.Length) + (4L * _hashes.Length) + (_sequences is null ? 0 : 8L * _sequences.Length);

    public ulong SequenceAt(int index) => _sequences is null ? _first + (ulong)index : _sequences[index];

    public int OffsetAt(int index) => _offsets[index];

    /// <param name="sequence">Greater than the last.</param>
    public void Add(ulong sequence, int offset, uint hash)
    {
        if (Count == _offsets.Length) Grow();
        if (Count == 0) _first = sequence;
        if (_sequences is null && sequence != _first + (ulong)Count) SpellSequences();
        if (_sequences is not null) _sequences[Count] = sequence;
        _offsets[Count] = offset;
        _hashes[Count] = hash;
        Count++;
    }

    /// <summary>Tells the number of the subject of the last record.</summary>
    public void Number(uint number)
    {
        if (_isUnnumbered) return;
        if (_numbered == _numbers.Length) Array.Resize(ref _numbers, Math.Max(_offsets.Length, 2 * _numbered));
        _numbers[_numbered++] = number;
    }

    /// <summary>Forgets subjects' numbers and takes no others.</summary>
    public void StopNumbering() => (_numbered, _isUnnumbered) = (0, true);

    /// <summary>Forgets subjects' numbers and hands over the room they had.</summary>
    public uint[] TakeNumbers()
    {
        uint[] room = _numbers;
        (_numbers, _numbered) = ([], 0);
        return room;
    }

    /// <summary>Takes room for subjects' numbers, where there are none yet.</summary>
    public void GiveNumbers(uint[] room)
    {
        if (_numbers.Length < room.Length && _numbered == 0) _numbers = room;
    }

    /// <summary>Position of a sequence; negative where it has no record here.</summary>
    public int Find(ulong sequence)
    {
        int at = FindFrom(sequence);
        return at < Count && SequenceAt(at) == sequence ? at : -1;
    }

    /// <summary>Position of the first record with this sequence or a greater one; <see cref="Count"/> for none.</summary>
    public int FindFrom(ulong sequence)
    {
        if (Count == 0 || sequence <= SequenceAt(0)) return 0;
        if (_sequences is null) return sequence - _first < (ulong)Count ? (int)(sequence - _first) : Count;
        int at = Array.BinarySearch(_sequences, 0, Count, sequence);
        return at < 0 ? ~at : at;
    }

    /// <summary>Forgets one record.</summary>
    public void Remove(ulong sequence)
    {
        int at = Find(sequence);
        if (at < 0) return;
        if (_sequences is null) SpellSequences();
        int behind = Count - at - 1;
        Array.Copy(_offsets, at + 1, _offsets, at, behind);
        Array.Copy(_hashes, at + 1, _hashes, at, behind);
        Array.Copy(_sequences!, at + 1, _sequences!, at, behind);
        if (_numbered > 0) Array.Copy(_numbers, at + 1, _numbers, at, --_numbered - at);
        Count--;
    }

    /// <summary>Forgets all records.</summary>
    public void Clear()
    {
        (Count, _numbered, _sequences) = (0, 0, null);
    }

    /// <summary>Gives rented room back; nobody looks into it any more.</summary>
    public void GiveBack()
    {
        if (!_isRented) return;
        ArrayPool<int>.Shared.Return(_offsets);
        ArrayPool<uint>.Shared.Return(_hashes);
        (_offsets, _hashes, _isRented) = ([], [], false);
        Clear();
    }

    private void Grow()
    {
        int size = Math.Max(SmallestSize, 2 * Count);
        Grow(ref _offsets, size);
        Grow(ref _hashes, size);
        if (_sequences is not null) Array.Resize(ref _sequences, size);
    }

    private void Grow<T>(ref T[] array, int size)
    {
        if (!_isRented)
        {
            Array.Resize(ref array, size);
            return;
        }

        T[] grown = ArrayPool<T>.Shared.Rent(size);
        array.AsSpan(0, Count).CopyTo(grown);
        ArrayPool<T>.Shared.Return(array);
        array = grown;
    }

    private void SpellSequences()
    {
        _sequences = new ulong[_offsets.Length];
        for (int i = 0; i < Count; i++) _sequences[i] = _first + (ulong)i;
    }
}
