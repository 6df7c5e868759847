using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>The tokens that subjects have at one place, each with a small number and how many subjects have it.</summary>
/// <remarks>
/// Numbers are found by hash, in small tables that are parted in two when they get full: nothing ever takes longer because there are millions.
/// </remarks>
// Owner: one TokenColumn. Invariant: a number belongs to one token while some subject has it, and to another only after that; 0 is none.
internal sealed class TokenTable
{
    private const int SmallestSlots = 8;
    private const int MostSlots = 512;

    // Tables part no more when so many bits of a hash tell them apart: they grow. Only tokens that were made to collide come here.
    private const int MostDepth = 20;

    private readonly GrowingArray<Row> _rows = new();
    private Bucket[] _directory = [new Bucket(SmallestSlots, 0)];
    private int _depth;
    private uint _next = 1;

    // Numbers whose tokens are gone, each with the next of them in its row.
    private uint _free;
    private long _slots = SmallestSlots;

    // Most subjects share their first tokens with the one before.
    private TokenName _latestName;
    private uint _latest;

    public long HeldBytes => _rows.HeldBytes + (_slots * (sizeof(uint) + 1)) + (_directory.Length * 8L);

    /// <summary>How many subjects have a token.</summary>
    public int UsesOf(uint number) => _rows[number].Uses;

    /// <summary>The number of a token; 0 where no subject has it.</summary>
    public uint Find(TokenName name)
    {
        ulong hash = name.Hash;
        return Find(BucketOf(hash), name, hash);
    }

    /// <summary>The number of a token that one more subject has.</summary>
    public uint Take(TokenName name)
    {
        if (_latest == 0 || name != _latestName)
        {
            ulong hash = name.Hash;
            uint found = Find(BucketOf(hash), name, hash);
            _latest = found == 0 ? Add(name, hash) : found;
            _latestName = name;
        }

        _rows[_latest].Uses++;
        return _latest;
    }

    /// <summary>One subject less has a token.</summary>
    public void Release(uint number)
    {
        ref Row row = ref _rows[number];
        if (--row.Uses > 0) return;
        ulong hash = new TokenName(row.Low, row.High).Hash;
        TakeOut(BucketOf(hash), number, hash);
        (row.Low, _free) = (_free, number);
        if (_latest == number) _latest = 0;
    }

    private uint Find(Bucket bucket, TokenName name, ulong hash)
    {
        uint mask = (uint)bucket.Slots.Length - 1;
        byte tag = (byte)(hash >> 16);
        for (uint at = (uint)hash & mask; bucket.Slots[at] is not 0 and var number; at = (at + 1) & mask)
        {
            if (bucket.Tags[at] != tag) continue;
            ref Row row = ref _rows[number];
            if (row.Low == name.Low && row.High == name.High) return number;
        }

        return 0;
    }

    private uint Add(TokenName name, ulong hash)
    {
        uint number = TakeNumber();
        ref Row row = ref _rows[number];
        (row.Low, row.High, row.Uses) = (name.Low, name.High, 0);
        Bucket bucket = BucketOf(hash);
        while (bucket.Count >= bucket.Slots.Length * 3 / 4)
        {
            MakeRoom(bucket, hash);
            bucket = BucketOf(hash);
        }

        Put(bucket, number, hash);
        return number;
    }

    private uint TakeNumber()
    {
        if (_free == 0)
        {
            _rows.MakeRoom(_next);
            return _next++;
        }

        uint number = _free;
        _free = (uint)_rows[number].Low;
        return number;
    }

    private static void Put(Bucket bucket, uint number, ulong hash)
    {
        uint mask = (uint)bucket.Slots.Length - 1;
        uint at = (uint)hash & mask;
        while (bucket.Slots[at] != 0) at = (at + 1) & mask;
        (bucket.Slots[at], bucket.Tags[at]) = (number, (byte)(hash >> 16));
        bucket.Count++;
    }

    // What stands behind it and would not be found across a gap moves up.
    private void TakeOut(Bucket bucket, uint number, ulong hash)
    {
        uint mask = (uint)bucket.Slots.Length - 1;
        uint gap = (uint)hash & mask;
        while (bucket.Slots[gap] != number) gap = (gap + 1) & mask;
        for (uint at = (gap + 1) & mask; bucket.Slots[at] is not 0 and var other; at = (at + 1) & mask)
        {
            uint home = (uint)HashOf(other) & mask;
            if (((at - home) & mask) < ((at - gap) & mask)) continue;
            (bucket.Slots[gap], bucket.Tags[gap]) = (other, bucket.Tags[at]);
            gap = at;
        }

        bucket.Slots[gap] = 0;
        bucket.Count--;
    }

    private void MakeRoom(Bucket bucket, ulong hash)
    {
        if (bucket.Slots.Length < MostSlots || bucket.Depth == MostDepth)
        {
            var larger = new Bucket(2 * bucket.Slots.Length, bucket.Depth);
            Refill(bucket, larger, larger);
            Replace(bucket, larger, larger, hash);
            return;
        }

        if (bucket.Depth == _depth) DoubleDirectory();
        var low = new Bucket(MostSlots, bucket.Depth + 1);
        var high = new Bucket(MostSlots, bucket.Depth + 1);
        Refill(bucket, low, high);
        Replace(bucket, low, high, hash);
    }

    private void Refill(Bucket from, Bucket low, Bucket high)
    {
        _slots += low.Slots.Length - from.Slots.Length + (ReferenceEquals(low, high) ? 0 : high.Slots.Length);
        foreach (uint number in from.Slots)
        {
            if (number == 0) continue;
            ulong hash = HashOf(number);
            Put((hash >> (63 - from.Depth) & 1) == 0 ? low : high, number, hash);
        }
    }

    // All places of a bucket lie together: those whose hashes begin alike.
    private void Replace(Bucket bucket, Bucket low, Bucket high, ulong hash)
    {
        int places = 1 << (_depth - bucket.Depth);
        int first = PlaceOf(hash) & ~(places - 1);
        for (int i = 0; i < places; i++) _directory[first + i] = i < places / 2 ? low : high;
    }

    private void DoubleDirectory()
    {
        var doubled = new Bucket[2 * _directory.Length];
        for (int i = 0; i < doubled.Length; i++) doubled[i] = _directory[i / 2];
        _directory = doubled;
        _depth++;
    }

    private Bucket BucketOf(ulong hash) => _directory[PlaceOf(hash)];

    private int PlaceOf(ulong hash) => _depth == 0 ? 0 : (int)(hash >> (64 - _depth));

    private ulong HashOf(uint number)
    {
        ref Row row = ref _rows[number];
        return new TokenName(row.Low, row.High).Hash;
    }

    [StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
    private struct Row
    {
        public ulong Low;
        public ulong High;
        public int Uses;
    }

    private sealed class Bucket(int slots, int depth)
    {
        public readonly uint[] Slots = new uint[slots];
        public readonly byte[] Tags = new byte[slots];
        public readonly int Depth = depth;
        public int Count;
    }
}
