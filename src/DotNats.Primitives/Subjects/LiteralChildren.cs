using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>The literal children of a <see cref="TrieNode"/>: nothing, one value in place, or an open addressing hash table.</summary>
// The slot of a hash is the product of hash and capacity, high half: capacities need not be powers of two, so tables grow by half and
// stay between 1/2 and 3/4 full. Removal shifts later slots back, so there are no tombstones.
internal static class LiteralChildren
{
    private const int SmallestTable = 2;

    /// <summary>The value under the token, or null.</summary>
    /// <param name="offset">Where the token stands in the subjects below the node.</param>
    public static object? Find(TrieNode node, ReadOnlySpan<byte> token, int offset, in TokenHash hasher)
    {
        ref object? place = ref FindPlace(node, token, offset, in hasher);
        return Unsafe.IsNullRef(ref place) ? null : place;
    }

    /// <summary>The place of the value under the token; a null reference when there is none.</summary>
    public static ref object? FindPlace(TrieNode node, ReadOnlySpan<byte> token, int offset, in TokenHash hasher)
    {
        object? literals = node.Literals;
        if (literals is null)
            return ref Unsafe.NullRef<object?>();
        if (literals is LiteralSlot[] slots)
        {
            int at = IndexOf(slots, hasher.Compute(token), token, offset);
            return ref at < 0 ? ref Unsafe.NullRef<object?>() : ref slots[at].Value;
        }
        return ref Spells(literals, token, offset) ? ref node.Literals : ref Unsafe.NullRef<object?>();
    }

    /// <summary>The place of the value under the token, which the caller must fill when it is null.</summary>
    public static ref object? GetOrAddPlace(TrieNode node, ReadOnlySpan<byte> token, int offset, in TokenHash hasher)
    {
        ref object? place = ref FindPlace(node, token, offset, in hasher);
        if (!Unsafe.IsNullRef(ref place))
            return ref place;
        node.LiteralCount++;
        if (node.LiteralCount == 1)
            return ref node.Literals;
        if (node.Literals is not LiteralSlot[] slots)
            slots = MakeTable(node, offset, in hasher);
        else if (node.LiteralCount > MostIn(slots.Length))
            slots = Resize(node, slots, slots.Length < 8 ? slots.Length * 2 : slots.Length + (slots.Length / 2));
        uint hash = hasher.Compute(token);
        int at = FreeSlot(slots, hash);
        slots[at].Hash = hash;
        return ref slots[at].Value;
    }

    /// <summary>Takes out the value under the token, which must be there.</summary>
    public static void Remove(TrieNode node, ReadOnlySpan<byte> token, int offset, in TokenHash hasher)
    {
        node.LiteralCount--;
        if (node.Literals is not LiteralSlot[] slots)
        {
            node.Literals = null;
            return;
        }
        RemoveAt(slots, IndexOf(slots, hasher.Compute(token), token, offset));
        if (node.LiteralCount == 1)
            node.Literals = Only(slots);
        else if (node.LiteralCount * 4 < slots.Length)
            Resize(node, slots, Math.Max(SmallestTable, node.LiteralCount * 2));
    }

    /// <summary>Whether the subjects of a value have this token at the offset.</summary>
    public static bool Spells(object value, ReadOnlySpan<byte> token, int offset)
    {
        ReadOnlySpan<byte> rest = TrieNode.SubjectOf(value).AsSpan(offset);
        return rest.StartsWith(token) && (rest.Length == token.Length || rest[token.Length] == Subjects.Separator);
    }

    // Tiny tables may be full: their probes end after one round.
    private static int MostIn(int capacity) => capacity <= 4 ? capacity : capacity * 3 / 4;

    private static int Home(uint hash, int capacity) => (int)(((ulong)hash * (uint)capacity) >> 32);

    private static int IndexOf(LiteralSlot[] slots, uint hash, ReadOnlySpan<byte> token, int offset)
    {
        int at = Home(hash, slots.Length);
        for (int left = slots.Length; left > 0; left--)
        {
            ref LiteralSlot slot = ref slots[at];
            if (slot.Value is null)
                return -1;
            if (slot.Hash == hash && Spells(slot.Value, token, offset))
                return at;
            at = at + 1 == slots.Length ? 0 : at + 1;
        }
        return -1;
    }

    private static int FreeSlot(LiteralSlot[] slots, uint hash)
    {
        int at = Home(hash, slots.Length);
        while (slots[at].Value is not null)
            at = at + 1 == slots.Length ? 0 : at + 1;
        return at;
    }

    private static LiteralSlot[] MakeTable(TrieNode node, int offset, in TokenHash hasher)
    {
        object only = node.Literals!;
        byte[] subject = TrieNode.SubjectOf(only);
        uint hash = hasher.Compute(subject.AsSpan(offset, Subjects.TokenEnd(subject, offset) - offset));
        var slots = new LiteralSlot[SmallestTable];
        slots[Home(hash, slots.Length)] = new LiteralSlot { Value = only, Hash = hash };
        node.Literals = slots;
        return slots;
    }

    private static LiteralSlot[] Resize(TrieNode node, LiteralSlot[] slots, int capacity)
    {
        var resized = new LiteralSlot[capacity];
        foreach (ref LiteralSlot slot in slots.AsSpan())
        {
            if (slot.Value is not null)
                resized[FreeSlot(resized, slot.Hash)] = slot;
        }
        node.Literals = resized;
        return resized;
    }

    private static void RemoveAt(LiteralSlot[] slots, int hole)
    {
        int at = hole;
        // A full tiny table has no empty slot to stop at.
        for (int left = slots.Length; left > 1; left--)
        {
            at = at + 1 == slots.Length ? 0 : at + 1;
            if (slots[at].Value is null)
                break;
            int home = Home(slots[at].Hash, slots.Length);
            if (Distance(home, at, slots.Length) < Distance(hole, at, slots.Length))
                continue;
            slots[hole] = slots[at];
            hole = at;
        }
        slots[hole] = default;
    }

    private static int Distance(int from, int to, int capacity) => to >= from ? to - from : to - from + capacity;

    private static object Only(LiteralSlot[] slots)
    {
        int at = 0;
        while (slots[at].Value is null)
            at++;
        return slots[at].Value!;
    }
}
