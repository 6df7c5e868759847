using System.Diagnostics;

namespace DotNats.Security;

/// <summary>The reply subjects one connection may still answer (<c>allow_responses</c>).</summary>
// Owner: the connection; deliveries come from any publisher and answers from its own receive loop, so both calls are made under the
// connection's lock. Lifetime: as the permissions it was made from; a reload makes a new one.
// Invariant: at most MaxEntries and MaxKeyBytes, oldest first out; slots and their key arrays are reused, so steady traffic allocates nothing.
public sealed class ResponsePermits
{
    // nats-server keeps every unanswered reply for ever when neither count nor time is limited. These bounds hold the last 65,536
    // unanswered requests, which no responder that means to answer falls behind by.
    private const int MaxEntries = 65_536;
    private const int MaxKeyBytes = 8 * 1024 * 1024;
    private const int KeptKeyBytes = 256;
    private const int None = -1;

    private readonly CompiledPermissions _permissions;
    private readonly int _maxMessages;
    private readonly long _expiresTicks;
    private Slot[] _slots = [];
    private int[] _buckets = [];
    private int _free = None;
    private int _oldest = None;
    private int _newest = None;
    private int _keyBytes;

    /// <exception cref="ArgumentException">The permissions grant no answers.</exception>
    public ResponsePermits(CompiledPermissions permissions)
    {
        ResponsePermission grant = permissions.Responses ?? throw new ArgumentException("No allow_responses.", nameof(permissions));
        ResponsePermission defaults = new();
        _permissions = permissions;
        _maxMessages = grant.MaxMessages == 0 ? defaults.MaxMessages : grant.MaxMessages;
        _expiresTicks = (grant.Expires == TimeSpan.Zero ? defaults.Expires : grant.Expires).Ticks;
    }

    /// <summary>Reply subjects remembered now.</summary>
    public int Count { get; private set; }

    /// <summary>A message with this reply subject was given to the connection: it may be answered.</summary>
    /// <param name="nowTicks">Monotonic time in units of 100 ns, the same clock as for <see cref="TryUse"/>.</param>
    public void OnDelivered(ReadOnlySpan<byte> reply, long nowTicks)
    {
        DropExpired(nowTicks);
        // Compat: a second request with the same reply subject uses one answer up instead of granting more, as in nats-server, whose
        // "may it publish there already?" counts like an answer.
        if (_permissions.CanPublish(reply) || TryUse(reply, nowTicks))
            return;
        Add(reply, nowTicks);
    }

    /// <summary>Takes one answer to this subject; false when none is left, too late or never asked.</summary>
    public bool TryUse(ReadOnlySpan<byte> subject, long nowTicks)
    {
        int index = Find(subject, Hash(subject));
        if (index == None)
            return false;
        ref Slot slot = ref _slots[index];
        if (IsExpired(slot, nowTicks))
        {
            Remove(index);
            return false;
        }

        if (_maxMessages > 0 && ++slot.Uses >= _maxMessages)
            Remove(index);
        return true;
    }

    private bool IsExpired(in Slot slot, long nowTicks) => _expiresTicks > 0 && nowTicks - slot.DeliveredTicks > _expiresTicks;

    // All grants last equally long, so the oldest is always the next to expire.
    private void DropExpired(long nowTicks)
    {
        while (_oldest != None && IsExpired(_slots[_oldest], nowTicks))
            Remove(_oldest);
    }

    private void Add(ReadOnlySpan<byte> reply, long nowTicks)
    {
        while (Count > 0 && (Count >= MaxEntries || _keyBytes + reply.Length > MaxKeyBytes))
            Remove(_oldest);
        if (_free == None)
            Grow();
        int index = _free;
        ref Slot slot = ref _slots[index];
        _free = slot.Next;
        if (slot.Key is null || slot.Key.Length < reply.Length)
            slot.Key = new byte[Math.Max(reply.Length, 48)];
        reply.CopyTo(slot.Key);
        slot.KeyLength = reply.Length;
        slot.Hash = Hash(reply);
        slot.Uses = 0;
        slot.DeliveredTicks = nowTicks;
        LinkBucket(index);
        slot.Older = _newest;
        slot.Newer = None;
        if (_newest == None)
            _oldest = index;
        else
            _slots[_newest].Newer = index;
        _newest = index;
        _keyBytes += reply.Length;
        Count++;
    }

    private void Remove(int index)
    {
        ref Slot slot = ref _slots[index];
        UnlinkBucket(index);
        if (slot.Older == None)
            _oldest = slot.Newer;
        else
            _slots[slot.Older].Newer = slot.Newer;
        if (slot.Newer == None)
            _newest = slot.Older;
        else
            _slots[slot.Newer].Older = slot.Older;
        _keyBytes -= slot.KeyLength;
        // A long subject must not stay behind in every slot it once used.
        if (slot.Key!.Length > KeptKeyBytes)
            slot.Key = null;
        slot.Next = _free;
        _free = index;
        Count--;
        Debug.Assert(Count >= 0 && _keyBytes >= 0, "More permits removed than added.");
    }

    private int Find(ReadOnlySpan<byte> subject, int hash)
    {
        if (_buckets.Length == 0)
            return None;
        for (int index = _buckets[hash & (_buckets.Length - 1)]; index != None; index = _slots[index].Next)
        {
            ref Slot slot = ref _slots[index];
            if (slot.Hash == hash && slot.Key.AsSpan(0, slot.KeyLength).SequenceEqual(subject))
                return index;
        }

        return None;
    }

    private void LinkBucket(int index)
    {
        ref int bucket = ref _buckets[_slots[index].Hash & (_buckets.Length - 1)];
        _slots[index].Next = bucket;
        bucket = index;
    }

    private void UnlinkBucket(int index)
    {
        ref int link = ref _buckets[_slots[index].Hash & (_buckets.Length - 1)];
        while (link != index)
            link = ref _slots[link].Next;
        link = _slots[index].Next;
    }

    // As many buckets as slots, both powers of two; called only when every slot is used.
    private void Grow()
    {
        int used = _slots.Length;
        Array.Resize(ref _slots, Math.Max(16, used * 2));
        _buckets = new int[_slots.Length];
        Array.Fill(_buckets, None);
        for (int i = 0; i < used; i++)
            LinkBucket(i);
        for (int i = _slots.Length - 1; i >= used; i--)
        {
            _slots[i].Next = _free;
            _free = i;
        }
    }

    private static int Hash(ReadOnlySpan<byte> subject)
    {
        HashCode hash = default;
        hash.AddBytes(subject);
        return hash.ToHashCode();
    }

    // Next chains a bucket while used and the free list otherwise; Older and Newer chain by delivery time.
    private struct Slot
    {
        public byte[]? Key;
        public int KeyLength;
        public int Hash;
        public int Uses;
        public int Next;
        public int Older;
        public int Newer;
        public long DeliveredTicks;
    }
}
