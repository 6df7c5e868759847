using System.Diagnostics.CodeAnalysis;

namespace DotNats.Security;

/// <summary>Permission entries by token, for lists that are too long to scan. Immutable once built.</summary>
internal sealed class EntryTrie
{
    private readonly Node _root = new();

    public EntryTrie(ReadOnlySpan<PermissionEntry> entries)
    {
        foreach (PermissionEntry entry in entries)
            Insert(entry);
    }

    public EntryMatch Match(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        EntryMatch match = default;
        if (!subject.IsEmpty && subject[^1] != (byte)'.')
            Match(_root, subject, queue, ref match);
        return match;
    }

    private static void Match(Node node, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> queue, ref EntryMatch match)
    {
        while (SubjectRules.NextToken(ref rest, out ReadOnlySpan<byte> token))
        {
            if (token.IsEmpty)
                return;
            if (node.Rest is not null)
                Take(node.Rest, queue, ref match);
            if (node.Any is not null)
                Match(node.Any, rest, queue, ref match);
            if (node.Words is null || !node.Words.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(token, out Node? next))
                return;
            node = next;
        }

        Take(node, queue, ref match);
    }

    private static void Take(Node node, ReadOnlySpan<byte> queue, ref EntryMatch match)
    {
        if (node.Plain)
            match = EntrySet.Add(match, null, queue);
        foreach (byte[] wanted in node.Queues)
            match = EntrySet.Add(match, wanted, queue);
    }

    private void Insert(PermissionEntry entry)
    {
        Node node = _root;
        ReadOnlySpan<byte> rest = entry.Subject;
        while (SubjectRules.NextToken(ref rest, out ReadOnlySpan<byte> token))
        {
            if (token.SequenceEqual(">"u8))
                node = node.Rest ??= new Node();
            else if (token.SequenceEqual("*"u8))
                node = node.Any ??= new Node();
            else
                node = Child(node, token);
        }

        if (entry.Queue is null)
            node.Plain = true;
        else
            node.Queues = [.. node.Queues, entry.Queue];
    }

    private static Node Child(Node node, ReadOnlySpan<byte> token)
    {
        node.Words ??= new Dictionary<byte[], Node>(TokenComparer.Instance);
        var lookup = node.Words.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(token, out Node? child))
            lookup[token] = child = new Node();
        return child;
    }

    private sealed class Node
    {
        public Dictionary<byte[], Node>? Words { get; set; }

        public Node? Any { get; set; }

        public Node? Rest { get; set; }

        public bool Plain { get; set; }

        public byte[][] Queues { get; set; } = [];
    }

    private sealed class TokenComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly TokenComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
