using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>One place of a hash table of literal children; empty when <see cref="Value"/> is null.</summary>
internal struct LiteralSlot
{
    public object? Value;
    public uint Hash;
}

/// <summary>
/// One token position of a <see cref="SubjectTrie{T}"/>. A node exists only where at least two subjects part (the root apart); until
/// then the place of the child holds the leaf itself, which spells its remaining tokens by its own subject.
/// </summary>
// Owner: the trie, whose caller locks.
// Lifetime: made when a second subject needs the place of a leaf, gone when only one leaf is left below.
// Invariant: all subjects below share their first bytes, so the offset of a token is known from the path and never stored.
// A "value" is a leaf (an entry, or an EntryBag of entries with equal subjects) or a TrieNode.
internal sealed class TrieNode(byte[] key)
{
    /// <summary>The subject of some entry below: spells this node's token.</summary>
    public byte[] Key = key;

    /// <summary>Children under literal tokens: null, the value itself when there is one, else a <see cref="LiteralSlot"/> array.</summary>
    public object? Literals;

    /// <summary>Child under the token <c>*</c>: a value.</summary>
    public object? Star;

    /// <summary>Leaf whose last token is <c>&gt;</c> in place of this node's children.</summary>
    public object? Full;

    /// <summary>Leaf whose subject ends with this node's token.</summary>
    public object? End;

    public int LiteralCount;

    public int PlaceCount => LiteralCount + (Star is null ? 0 : 1) + (Full is null ? 0 : 1) + (End is null ? 0 : 1);

    /// <summary>The leaf that is all there is below this node, else null.</summary>
    public object? SoleLeaf()
    {
        if (PlaceCount != 1)
            return null;
        object only = (End ?? Full ?? Star ?? Literals)!;
        return only is TrieNode ? null : only;
    }

    /// <summary>The subject of any entry below other than <paramref name="except"/>, which must not be in the trie any more.</summary>
    public byte[] AnySubject(byte[] except)
    {
        TrieNode node = this;
        while (true)
        {
            object? value = node.End ?? node.Full ?? node.Star ?? node.Literals;
            if (value is LiteralSlot[] slots)
                value = FirstOf(slots);
            if (value is not TrieNode child)
                return SubjectOf(value!);
            if (!ReferenceEquals(child.Key, except))
                return child.Key;
            node = child;
        }
    }

    /// <summary>The subject of a leaf, or one of those below a node.</summary>
    public static byte[] SubjectOf(object value) => value switch
    {
        TrieNode node => node.Key,
        EntryBag bag => bag.Subject,
        _ => Unsafe.As<ISubjectEntry>(value).Subject,
    };

    private static object FirstOf(LiteralSlot[] slots)
    {
        foreach (ref LiteralSlot slot in slots.AsSpan())
        {
            if (slot.Value is { } value)
                return value;
        }
        throw new InvalidOperationException("a table of literal children is empty");
    }
}
