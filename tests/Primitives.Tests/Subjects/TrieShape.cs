using DotNats.Primitives;
using Shouldly;

namespace Primitives.Tests;

/// <summary>Looks into a trie: counts its parts and checks its invariants.</summary>
internal static class TrieShape
{
    public static TrieNode Root(SubjectTrie<Entry> trie) => trie.Root;

    public static int CountNodes(SubjectTrie<Entry> trie) => Nodes(trie.Root).Count();

    public static IEnumerable<byte[]> Keys(SubjectTrie<Entry> trie) => Nodes(trie.Root).Select(n => n.Key);

    public static int Slots(SubjectTrie<Entry> trie) => Nodes(trie.Root).Sum(n => n.Literals is LiteralSlot[] slots ? slots.Length : 0);

    /// <summary>Every node but the root parts at least two subjects, counts its children right and is named by a live subject.</summary>
    public static void ShouldBeSound(SubjectTrie<Entry> trie, IEnumerable<Entry> entries)
    {
        HashSet<byte[]> subjects = [.. entries.Select(e => e.Subject)];
        foreach (TrieNode node in Nodes(trie.Root))
        {
            List<object> literals = [.. Literals(node)];
            node.LiteralCount.ShouldBe(literals.Count);
            if (node.Literals is LiteralSlot[])
                literals.Count.ShouldBeGreaterThan(1);
            if (ReferenceEquals(node, trie.Root))
                continue;
            node.PlaceCount.ShouldBeGreaterThan(0);
            node.SoleLeaf().ShouldBeNull();
            subjects.ShouldContain(node.Key);
        }
    }

    private static IEnumerable<TrieNode> Nodes(TrieNode node)
    {
        var pending = new Stack<TrieNode>([node]);
        while (pending.TryPop(out TrieNode? next))
        {
            yield return next;
            foreach (TrieNode child in Literals(next).Append(next.Star!).OfType<TrieNode>())
                pending.Push(child);
        }
    }

    private static IEnumerable<object> Literals(TrieNode node) => node.Literals switch
    {
        null => [],
        LiteralSlot[] slots => slots.Where(s => s.Value is not null).Select(s => s.Value!),
        var only => [only],
    };
}
