using System.Text;
using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Index;

public sealed class SubjectIndexTests
{
    private readonly SubjectIndex _index = new();

    [Fact]
    public void A_message_counts_for_its_subject_only()
    {
        Add("orders.eu", 1);
        Add("orders.eu.7", 2);
        Add("orders.eu", 3);
        Get("orders.eu").ShouldBe((2, 1, 3));
        Get("orders.eu.7").ShouldBe((1, 2, 2));
        Get("orders").ShouldBe((0, 0, 0));
        Get("orders.e").ShouldBe((0, 0, 0));
        Get("orders.eu.").ShouldBe((0, 0, 0));
        _index.Count.ShouldBe(2);
    }

    [Fact]
    public void The_last_message_takes_its_subject_with_it()
    {
        Add("a.b", 1);
        Add("a.c", 2);
        Remove("a.b", 1).Count.ShouldBe(0UL);
        Get("a.b").ShouldBe((0, 0, 0));
        Matches("").ShouldBe(["a.c"]);
        Remove("a.c", 2);
        _index.Count.ShouldBe(0);
        _index.HeldBytes.ShouldBe(0);
    }

    [Fact]
    public void Of_two_messages_the_one_that_stays_is_first_and_last()
    {
        Add("a", 1);
        Add("a", 5);
        Remove("a", 1).IsFirstStale.ShouldBeFalse();
        Get("a").ShouldBe((1, 5, 5));
        Add("a", 9);
        Remove("a", 9).IsLastStale.ShouldBeFalse();
        Get("a").ShouldBe((1, 5, 5));
    }

    [Fact]
    public void First_and_last_are_bounds_until_somebody_has_looked()
    {
        foreach (ulong sequence in new ulong[] { 1, 4, 6, 9 }) Add("a", sequence);
        SubjectEntry entry = Remove("a", 1);
        entry.IsFirstStale.ShouldBeTrue();
        entry.First.ShouldBe(2UL);
        entry = Remove("a", 9);
        entry.IsLastStale.ShouldBeTrue();
        entry.Last.ShouldBe(8UL);
        _index.SetFirst("a"u8, 4);
        _index.SetLast("a"u8, 6);
        Get("a").ShouldBe((2, 4, 6));
        _index.TryGet("a"u8, out entry).ShouldBeTrue();
        (entry.IsFirstStale || entry.IsLastStale).ShouldBeFalse();
    }

    [Theory]
    [InlineData("", "a a.b a.b.c a.c b.b")]
    [InlineData(">", "a a.b a.b.c a.c b.b")]
    [InlineData("a.>", "a.b a.b.c a.c")]
    [InlineData("*", "a")]
    [InlineData("*.b", "a.b b.b")]
    [InlineData("a.*", "a.b a.c")]
    [InlineData("a.*.c", "a.b.c")]
    [InlineData("*.*.*", "a.b.c")]
    [InlineData("*.b.>", "a.b.c")]
    [InlineData("a.b.c.>", "")]
    [InlineData("a.b", "a.b")]
    [InlineData("c", "")]
    public void A_filter_finds_what_it_matches_in_order(string filter, string expected)
    {
        ulong sequence = 0;
        foreach (string subject in new[] { "b.b", "a.b.c", "a", "a.c", "a.b" }) Add(subject, ++sequence);
        string[] subjects = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Matches(filter).ShouldBe(subjects);
        _index.CountMatches(Utf8(filter)).ShouldBe(subjects.Length);
    }

    [Fact]
    public void The_last_of_a_wildcard_is_found_after_removals()
    {
        for (ulong i = 1; i <= 300; i++) Add($"s.{i % 10}.{i}", i);
        var walk = new SubjectWalk(_index);
        walk.FindLast("s.3.*"u8).ShouldBeTrue();
        (Encoding.UTF8.GetString(walk.Subject), walk.Entry.Last).ShouldBe(("s.3.293", 293UL));
        for (ulong i = 201; i <= 300; i++) Remove($"s.{i % 10}.{i}", i);
        walk.FindLast("s.>"u8).ShouldBeTrue();
        walk.Entry.Last.ShouldBe(200UL);
        walk.FindLast("s.3.>"u8).ShouldBeTrue();
        walk.Entry.Last.ShouldBe(193UL);
        walk.FindLast("t.>"u8).ShouldBeFalse();
    }

    [Fact]
    public void Subjects_with_empty_tokens_are_kept_and_matched_by_no_wildcard()
    {
        foreach (string subject in new[] { "", ".", "a.", ".a", "a..b", "a.b" }) Add(subject, 1);
        Matches("").Count.ShouldBe(6);
        Matches(">").ShouldBe(["a.b"]);
        Matches("a.*").ShouldBe(["a.b"]);
        _index.CountMatches(">"u8).ShouldBe(1);
        Get("a..b").ShouldBe((1, 1, 1));
        Remove("", 1);
        Remove("a.", 1);
        Matches("").ShouldBe([".", ".a", "a..b", "a.b"]);
    }

    [Fact]
    public void A_subject_may_be_as_long_as_a_record_holds()
    {
        string longest = string.Concat(Enumerable.Repeat("a.", SubjectIndex.LongestSubject / 2)) + "b";
        Add(longest, 1);
        Add(longest[..^2], 2);
        Add("a.b", 3);
        Get(longest).ShouldBe((1, 1, 1));
        Matches("a.a.>").Count.ShouldBe(2);
        Should.Throw<ArgumentOutOfRangeException>(() => Add(longest + "c", 4));
    }

    [Fact]
    public void Known_subjects_cost_no_allocation()
    {
        for (ulong i = 0; i < 1000; i++) Add($"orders.{i}", i + 1);
        byte[] subject = Utf8("orders.500");
        byte[] filter = Utf8("orders.*");
        var walk = new SubjectWalk(_index);
        walk.FindLast(filter);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 2000; i < 3000; i++)
        {
            _index.Add(subject, i);
            _index.Remove(subject, i);
            _index.TryGet(subject, out _);
            walk.FindLast(filter);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Nodes_of_every_width_keep_their_children()
    {
        byte[][] subjects = [.. from a in Enumerable.Range(0, 256) from b in new[] { 1, 2 } select new byte[] { (byte)a, (byte)b }];
        new Random(7).Shuffle(subjects);
        for (int i = 0; i < subjects.Length; i++) _index.Add(subjects[i], (ulong)i + 1);
        for (int i = 0; i < subjects.Length; i++) _index.TryGet(subjects[i], out _).ShouldBeTrue();
        long full = _index.UsedBytes;
        for (int i = 0; i < subjects.Length - 2; i++)
        {
            _index.Remove(subjects[i], (ulong)i + 1);
            _index.TryGet(subjects[i], out _).ShouldBeFalse();
            _index.TryGet(subjects[^1], out _).ShouldBeTrue();
        }

        _index.Count.ShouldBe(2);
        _index.UsedBytes.ShouldBeLessThan(full / 50);
    }

    [Fact]
    public void Memory_goes_when_most_subjects_go()
    {
        for (ulong i = 1; i <= 60_000; i++) Add($"orders.{i * 7919 % 60_000}.{(i % 3 == 0 ? "created" : "x")}", i);
        Add("orders", 60_001);
        long full = _index.HeldBytes;
        for (ulong i = 1; i <= 60_000; i++)
        {
            if (i % 100 != 0) Remove($"orders.{i * 7919 % 60_000}.{(i % 3 == 0 ? "created" : "x")}", i);
        }

        _index.Count.ShouldBe(601);
        _index.HeldBytes.ShouldBeLessThan(full / 10);
        for (ulong i = 100; i <= 60_000; i += 100) Get($"orders.{i * 7919 % 60_000}.{(i % 3 == 0 ? "created" : "x")}").ShouldBe((1, (int)i, (int)i));
        Get("orders").ShouldBe((1, 60_001, 60_001));
        Matches("orders.*.x").Count.ShouldBe(400);
        Add("orders.new", 60_002);
        Get("orders.new").Count.ShouldBe(1);
    }

    [Fact]
    public void It_answers_as_a_dictionary_would() => Gen.Select(SubjectGen.List, Gen.Int[0, 200], Gen.Int)
        .Sample((subjects, steps, seed) => new RandomIndexRun(new Random(seed), subjects).Run(steps), iter: 400);

    private void Add(string subject, ulong sequence) => _index.Add(Utf8(subject), sequence);

    private SubjectEntry Remove(string subject, ulong sequence) => _index.Remove(Utf8(subject), sequence);

    private (int Count, int First, int Last) Get(string subject) =>
        _index.TryGet(Utf8(subject), out SubjectEntry entry) ? ((int)entry.Count, (int)entry.First, (int)entry.Last) : (0, 0, 0);

    private List<string> Matches(string filter)
    {
        var walk = new SubjectWalk(_index);
        var found = new List<string>();
        walk.Start(Utf8(filter));
        while (walk.MoveNext()) found.Add(Encoding.UTF8.GetString(walk.Subject));
        return found;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
