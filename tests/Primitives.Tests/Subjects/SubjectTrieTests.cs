using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public class SubjectTrieTests
{
    private readonly SubjectTrie<Entry> _trie = new(seed: 7);

    [Fact]
    public void Wildcard_matches_exactly_one_token()
    {
        Entry star = Add("foo.*");
        Match("foo.bar").ShouldBe([star]);
        Match("foo").ShouldBeEmpty();
        Match("foo.bar.baz").ShouldBeEmpty();
    }

    [Fact]
    public void Full_wildcard_matches_one_or_more_tokens()
    {
        Entry full = Add("foo.>");
        Match("foo.bar").ShouldBe([full]);
        Match("foo.bar.baz").ShouldBe([full]);
        Match("foo").ShouldBeEmpty();
    }

    [Fact]
    public void Literal_and_wildcards_at_one_place_all_match()
    {
        Entry[] all = [Add("a.b.c"), Add("a.*.c"), Add("a.>"), Add("*.b.*"), Add(">"), Add("a.b.*")];
        Add("a.b");
        Add("a.b.c.d");
        Add("a.c.c");
        Match("a.b.c").ShouldBe(all, ignoreOrder: true);
    }

    // The conformance scenario core_wildcard_literal_publish, with what nats-server 2.15.1 delivered.
    [Theory]
    [InlineData("foo.*", "foo.*,foo.>")]
    [InlineData("foo.>", "foo.*,foo.>")]
    [InlineData("foo*", "foo*")]
    [InlineData("foo.*x", "foo.*,foo.>,foo.*x")]
    [InlineData("foo.bar", "foo.*,foo.bar,foo.>")]
    public void Published_wildcard_is_a_literal_token(string subject, string expected)
    {
        foreach (string filter in (string[])["foo.*", "foo.bar", "foo.>", "foo*", "foo.*x"])
            Add(filter);
        Match(subject).Select(e => e.ToString()).ShouldBe(expected.Split(','), ignoreOrder: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("foo.")]
    [InlineData(".foo")]
    [InlineData("foo..bar")]
    public void Subject_with_an_empty_token_matches_nothing(string subject)
    {
        Add(">");
        Add("foo.>");
        Add("foo.*.bar");
        Match(subject).ShouldBeEmpty();
        _trie.HasMatch(SubjectGen.Utf8(subject)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("foo.")]
    [InlineData(".foo")]
    [InlineData("foo..bar")]
    [InlineData("foo.>.bar")]
    public void Malformed_filter_cannot_be_added(string filter)
    {
        Should.Throw<ArgumentException>(() => Add(filter));
        _trie.Count.ShouldBe(0);
    }

    [Fact]
    public void Entries_with_the_same_subject_are_all_found_and_removed_one_by_one()
    {
        Entry[] same = [.. Enumerable.Range(0, 5000).Select(_ => Add("jobs.new"))];
        Entry other = Add("jobs.*");
        Match("jobs.new").Count.ShouldBe(5001);
        foreach (Entry entry in same.Reverse().Where((_, i) => i % 2 == 0).Concat(same.Reverse().Where((_, i) => i % 2 == 1)))
        {
            _trie.Remove(entry).ShouldBeTrue();
            _trie.Remove(entry).ShouldBeFalse();
        }
        Match("jobs.new").ShouldBe([other]);
        _trie.Count.ShouldBe(1);
    }

    [Fact]
    public void Adding_an_entry_again_changes_nothing()
    {
        Entry entry = Add("a.b");
        _trie.Add(entry);
        _trie.Count.ShouldBe(1);
        Entry second = Add("a.b");
        _trie.Add(second);
        _trie.Count.ShouldBe(2);
        Match("a.b").ShouldBe([entry, second], ignoreOrder: true);
    }

    [Fact]
    public void Removal_goes_by_identity()
    {
        Entry entry = Add("a.b");
        _trie.Remove(new Entry("a.b")).ShouldBeFalse();
        _trie.Remove(new Entry("a")).ShouldBeFalse();
        _trie.Remove(new Entry("a.b.c")).ShouldBeFalse();
        _trie.Remove(new Entry("*")).ShouldBeFalse();
        Match("a.b").ShouldBe([entry]);
    }

    [Fact]
    public void Empty_trie_has_no_nodes_left()
    {
        Entry[] entries = [Add("a.b.c.d"), Add("a.b.c.e"), Add("a.b.*.e"), Add("a.b"), Add("a.>"), Add("a.b.c.d")];
        TrieShape.CountNodes(_trie).ShouldBeGreaterThan(3);
        foreach (Entry entry in entries)
            _trie.Remove(entry).ShouldBeTrue();
        TrieShape.CountNodes(_trie).ShouldBe(1);
        TrieShape.Root(_trie).PlaceCount.ShouldBe(0);
    }

    [Fact]
    public void Removed_subject_is_not_kept_alive_as_a_key()
    {
        Entry first = Add("a.b.c.d");
        Add("a.b.c.e");
        Add("a.b.x");
        _trie.Remove(first);
        TrieShape.Keys(_trie).ShouldNotContain(key => ReferenceEquals(key, first.Subject));
    }

    [Fact]
    public void Tokens_with_equal_hashes_are_told_apart()
    {
        (string first, string second) = FindCollision(new TokenHash(seed: 7));
        Entry a = Add($"x.{first}"), deep = Add($"x.{first}.y"), b = Add($"x.{second}"), other = Add("x.z");
        Match($"x.{first}").ShouldBe([a]);
        Match($"x.{first}.y").ShouldBe([deep]);
        Match($"x.{second}").ShouldBe([b]);
        Match($"x.{second}.y").ShouldBeEmpty();
        _trie.Remove(a).ShouldBeTrue();
        _trie.Remove(deep).ShouldBeTrue();
        Match($"x.{first}").ShouldBeEmpty();
        Match($"x.{second}").ShouldBe([b]);
        _trie.Remove(b).ShouldBeTrue();
        Match("x.z").ShouldBe([other]);
    }

    [Fact]
    public void Tables_shrink_when_children_leave()
    {
        Entry[] entries = [.. Enumerable.Range(0, 1000).Select(i => Add($"dev.{i}"))];
        foreach (Entry entry in entries[..990])
            _trie.Remove(entry);
        TrieShape.Slots(_trie).ShouldBeLessThan(50);
        Match("dev.995").ShouldBe([entries[995]]);
    }

    [Fact]
    public void Very_deep_subjects_are_safe()
    {
        const int Depth = 10_000;
        string deep = string.Join('.', Enumerable.Repeat("a", Depth));
        Entry end = Add(deep);
        Entry shared = Add(deep[..^1] + "b");
        Entry stars = Add(string.Join('.', Enumerable.Repeat("*", Depth)));
        Entry full = Add(deep[..^1] + ">");
        Match(deep).ShouldBe([end, stars, full], ignoreOrder: true);
        _trie.Remove(end).ShouldBeTrue();
        _trie.Remove(full).ShouldBeTrue();
        Match(deep[..^1] + "b").ShouldBe([shared, stars], ignoreOrder: true);
    }

    [Fact]
    public void Many_open_branches_are_safe()
    {
        // At each of the levels both a literal and '*' go on.
        const int Levels = 300;
        List<Entry> all = [];
        string prefix = "";
        for (int i = 0; i < Levels; i++)
        {
            all.Add(Add(prefix + "*.a.>"));
            all.Add(Add(prefix + "*.*.>"));
            prefix += "a.";
        }
        string subject = prefix + "a.a.a";
        Match(subject).ShouldBe(all, ignoreOrder: true);
        _trie.HasMatch(SubjectGen.Utf8(subject)).ShouldBeTrue();
    }

    [Fact]
    public void Match_allocates_nothing()
    {
        foreach (string filter in (string[])["a.b.c", "a.*.c", "a.>", "*.b.*", ">", "a.b.*", "x.y", "x.z.q"])
            Add(filter);
        byte[] subject = SubjectGen.Utf8("a.b.c");
        var sink = default(CountSink);
        _trie.Match(subject, ref sink);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            _trie.Match(subject, ref sink);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        sink.Count.ShouldBe(6006);
    }

    [Fact]
    public void Overlap_finds_filters_that_share_a_subject()
    {
        Entry[] wanted = [Add("a.b"), Add("a.*"), Add(">"), Add("a.>"), Add("*.b"), Add("*.*")];
        Add("a.c");
        Add("a");
        Add("a.b.c");
        Add("b.*");
        Overlapping("a.b").ShouldBe(wanted, ignoreOrder: true);
    }

    /// <summary>Among some 100,000 tokens two have the same hash of 32 bits.</summary>
    private static (string First, string Second) FindCollision(TokenHash hash)
    {
        Dictionary<uint, string> seen = [];
        for (int i = 0; ; i++)
        {
            string token = $"t{i}";
            if (!seen.TryAdd(hash.Compute(SubjectGen.Utf8(token)), token))
                return (seen[hash.Compute(SubjectGen.Utf8(token))], token);
        }
    }

    private Entry Add(string filter)
    {
        var entry = new Entry(filter);
        _trie.Add(entry);
        return entry;
    }

    private List<Entry> Match(string subject)
    {
        List<Entry> found = [];
        var sink = new ListSink(found);
        _trie.Match(SubjectGen.Utf8(subject), ref sink);
        return found;
    }

    private List<Entry> Overlapping(string filter)
    {
        List<Entry> found = [];
        var sink = new ListSink(found);
        _trie.MatchOverlapping(SubjectGen.Utf8(filter), ref sink);
        return found;
    }

    private struct CountSink : IMatchSink<Entry>
    {
        public int Count;

        public void OnMatch(Entry entry) => Count++;
    }
}
