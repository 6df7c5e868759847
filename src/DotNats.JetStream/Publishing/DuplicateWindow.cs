using System.Numerics;

namespace DotNats.JetStream.Publishing;

/// <summary>Ids of the messages of the last minutes, so that one sent again is not stored again: id to sequence.</summary>
/// <remarks>Some 40 bytes beside each id and no object: ids lie one behind the other in blocks and leave in the order they came.</remarks>
// Owner: the stream's runner. Lifetime: the stream's; filled again from stored headers (PublishRules.Recover) when it is opened.
// Invariant: entries from _first to _next are in the order of their times; each is in exactly one chain.
internal sealed class DuplicateWindow
{
    private const int None = -1;
    private const int SmallestSize = 64;

    private readonly IdStore _ids = new();
    private Entry[] _entries = [];
    private int[] _heads = [];
    private long _first;
    private long _next;

    /// <param name="window">How long an id is known; zero for never.</param>
    public DuplicateWindow(TimeSpan window)
    {
        Window = window;
    }

    /// <summary>How long an id is known; zero or less for never. A shorter one counts from the next look on.</summary>
    public TimeSpan Window { get; set; }

    /// <summary>Ids it knows, those included that are due to go.</summary>
    public int Count => (int)(_next - _first);

    /// <summary>Bytes it holds.</summary>
    public long Bytes => ((long)_entries.Length * Entry.Size) + ((long)_heads.Length * sizeof(int)) + _ids.Bytes;

    private long WindowNanoseconds => Window.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>The sequence that has an id.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public bool TryFind(ReadOnlySpan<byte> id, long now, out ulong sequence)
    {
        Expire(now);
        sequence = 0;
        if (Count == 0) return false;
        uint hash = Hash(id);
        for (int at = _heads[Bucket(hash)]; at != None; at = _entries[at].Next)
        {
            ref Entry entry = ref _entries[at];
            if (entry.Hash != hash || !_ids.Read(entry.Place).SequenceEqual(id)) continue;
            sequence = entry.Sequence;
            return true;
        }

        return false;
    }

    /// <summary>Remembers an id. Where it is known already, the newer counts.</summary>
    /// <param name="timestamp">Of the message, in nanoseconds since 1970.</param>
    public void Add(ReadOnlySpan<byte> id, ulong sequence, long timestamp)
    {
        if (Window <= TimeSpan.Zero || id.IsEmpty) return;
        if (Count == _entries.Length) Resize(Math.Max(SmallestSize, 2 * _entries.Length));
        int slot = Slot(_next++);
        uint hash = Hash(id);
        int bucket = Bucket(hash);
        _entries[slot] = new Entry { Sequence = sequence, Timestamp = timestamp, Hash = hash, Next = _heads[bucket], Place = _ids.Add(id) };
        _heads[bucket] = slot;
    }

    /// <summary>Forgets what is older than the window.</summary>
    public void Expire(long now)
    {
        long window = WindowNanoseconds;
        while (_first < _next && now - _entries[Slot(_first)].Timestamp >= window) RemoveFirst();
        if (_entries.Length > SmallestSize && Count < _entries.Length / 8) Resize((int)Math.Max(SmallestSize, BitOperations.RoundUpToPowerOf2((uint)Count * 2)));
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _entries = [];
        _heads = [];
        _first = _next = 0;
        _ids.Clear();
    }

    private void RemoveFirst()
    {
        int slot = Slot(_first++);
        ref Entry gone = ref _entries[slot];
        ref int link = ref _heads[Bucket(gone.Hash)];
        while (link != slot) link = ref _entries[link].Next;
        link = gone.Next;
        _ids.Trim(_first < _next ? _entries[Slot(_first)].Place : null);
    }

    private void Resize(int size)
    {
        Entry[] old = _entries;
        var entries = new Entry[size];
        int count = Count;
        for (int i = 0; i < count; i++) entries[i] = old[(int)((_first + i) & (old.Length - 1))];
        _entries = entries;
        (_first, _next) = (0, count);
        _heads = new int[size];
        Array.Fill(_heads, None);
        for (int i = 0; i < count; i++)
        {
            int bucket = Bucket(entries[i].Hash);
            entries[i].Next = _heads[bucket];
            _heads[bucket] = i;
        }
    }

    private int Slot(long number) => (int)(number & (_entries.Length - 1));

    private int Bucket(uint hash) => (int)(hash & (uint)(_heads.Length - 1));

    // The process's secret is in it: nobody can choose ids that collide.
    private static uint Hash(ReadOnlySpan<byte> id)
    {
        HashCode hash = default;
        hash.AddBytes(id);
        return (uint)hash.ToHashCode();
    }

    private struct Entry
    {
        public const int Size = 40;

        public ulong Sequence;
        public long Timestamp;
        public uint Hash;
        public int Next;
        public IdPlace Place;
    }
}
