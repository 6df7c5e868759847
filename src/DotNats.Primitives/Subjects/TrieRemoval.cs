using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>Takes one entry out of a trie and undoes what its adding built: nodes without a second subject, large tables, kept keys.</summary>
internal static class TrieRemoval
{
    /// <returns>False when the entry is not in the trie.</returns>
    public static bool Remove(TrieNode root, object entry, byte[] subject, in TokenHash hasher)
    {
        TrieNode node = root;
        TrieNode anchor = root;      // the last node above 'node' that stays when everything below it becomes one leaf
        int anchorOffset = 0;
        int offset = 0;
        bool isKey = false;
        while (true)
        {
            ref object? place = ref FindPlace(node, subject, offset, in hasher);
            if (Unsafe.IsNullRef(ref place) || place is null)
                return false;
            int end = Subjects.TokenEnd(subject, offset);
            bool atEnd = false;
            if (place is TrieNode child)
            {
                if (node == root || node.PlaceCount > 1)
                    (anchor, anchorOffset) = (node, offset);
                isKey |= ReferenceEquals(child.Key, subject);
                node = child;
                atEnd = end == subject.Length;
                if (!atEnd)
                {
                    offset = end + 1;
                    continue;
                }
                place = ref child.End;
            }
            if (!TakeFromLeaf(ref place, entry, out bool isEmpty))
                return false;
            if (isEmpty)
                Clear(node, ref place, atEnd ? default : subject.AsSpan(offset, end - offset), offset, in hasher);
            if (node != root)
                Tidy(root, node, anchor, anchorOffset, subject, isKey, in hasher);
            return true;
        }
    }

    /// <summary>Empties the place of a leaf in a node; a literal token gives its slot back, all other places are fields.</summary>
    private static void Clear(TrieNode node, ref object? place, ReadOnlySpan<byte> token, int offset, in TokenHash hasher)
    {
        if (token.IsEmpty || Subjects.IsStar(token) || Subjects.IsFull(token))
            place = null;
        else
            LiteralChildren.Remove(node, token, offset, in hasher);
    }

    /// <summary>Removes the entry from a leaf; <paramref name="isEmpty"/> tells that the leaf was the entry itself and its place must be cleared.</summary>
    private static bool TakeFromLeaf(ref object? place, object entry, out bool isEmpty)
    {
        isEmpty = ReferenceEquals(place, entry);
        if (isEmpty)
            return true;
        if (place is not EntryBag bag || !bag.Remove(entry))
            return false;
        if (bag.Count == 1)
            place = bag.First;
        return true;
    }

    /// <summary>Lifts the leaf that is alone below <paramref name="node"/>, and lets go of the removed subject where it served as key.</summary>
    private static void Tidy(TrieNode root, TrieNode node, TrieNode anchor, int anchorOffset, byte[] subject, bool isKey, in TokenHash hasher)
    {
        byte[] other = node.AnySubject(subject);
        if (node.SoleLeaf() is { } leaf)
            FindPlace(anchor, subject, anchorOffset, in hasher) = leaf;
        if (isKey)
            Rekey(root, subject, other, in hasher);
    }

    /// <summary>Every node on the path of <paramref name="removed"/> has <paramref name="other"/> below it, so that can be its key.</summary>
    private static void Rekey(TrieNode root, byte[] removed, byte[] other, in TokenHash hasher)
    {
        TrieNode node = root;
        int offset = 0;
        while (offset < removed.Length)
        {
            ref object? place = ref FindPlace(node, removed, offset, in hasher);
            if (Unsafe.IsNullRef(ref place) || place is not TrieNode child)
                return;
            if (ReferenceEquals(child.Key, removed))
                child.Key = other;
            node = child;
            offset = Subjects.TokenEnd(removed, offset) + 1;
        }
    }

    private static ref object? FindPlace(TrieNode node, byte[] subject, int offset, in TokenHash hasher)
    {
        ReadOnlySpan<byte> token = subject.AsSpan(offset, Subjects.TokenEnd(subject, offset) - offset);
        if (Subjects.IsFull(token))
            return ref node.Full;
        if (Subjects.IsStar(token))
            return ref node.Star;
        return ref LiteralChildren.FindPlace(node, token, offset, in hasher);
    }
}
