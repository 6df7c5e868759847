using DotNats.Primitives;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Logs;
using Xunit;

namespace Storage.Tests.Scans;

/// <summary>Counts from anywhere in a log, against a list of what is there.</summary>
public sealed class PendingCountTests
{
    private const int Messages = 6000;

    private static readonly string[][] FilterSets =
    [
        ["a.3.1"], ["a.*.2"], ["a.7.*"], ["a.>"], ["b.>"], [">"], ["a.*.1", "a.*.2"], ["a.3.*", "a.*.1"], ["b.5", "a.1.1", "a.9.>"], ["once.*"], ["nothing.*"],
    ];

    private static readonly LogOptions Options = new() { Name = "S", BlockBytes = 32 * 1024 };

    [Theory]
    [InlineData(0)]
    [InlineData(64 * 1024 * 1024)]
    public async Task A_count_from_anywhere_is_exact_before_and_after_removals_and_a_restart(long numbersBytes)
    {
        var random = new Random(7);
        await using var fixture = new LogFixture(numbersBytes: numbersBytes);
        fixture.Open(Options);
        var model = new SortedDictionary<ulong, string>();
        for (int i = 0; i < Messages; i++) Add(fixture, model, random);
        await fixture.CommitAsync();
        Compare(fixture, model, random);

        foreach (ulong sequence in model.Keys.Where(_ => random.Next(9) == 0).ToList())
        {
            fixture.Log.Remove(sequence, erase: false);
            model.Remove(sequence);
        }

        fixture.Log.Purge("a.7.*"u8, 0, 0);
        foreach (ulong sequence in model.Where(one => one.Value.StartsWith("a.7.", StringComparison.Ordinal)).Select(one => one.Key).ToList()) model.Remove(sequence);
        fixture.Log.Skip(500);
        for (int i = 0; i < 300; i++) Add(fixture, model, random);
        Compare(fixture, model, random);

        await fixture.ReopenAsync(Options);
        Compare(fixture, model, random);
        for (int i = 0; i < 900; i++) Add(fixture, model, random);
        Compare(fixture, model, random);
        await fixture.CommitAsync();
        ulong last = model.Keys.ElementAt(model.Count / 2);
        fixture.Log.Truncate(last);
        foreach (ulong sequence in model.Keys.Where(sequence => sequence > last).ToList()) model.Remove(sequence);
        for (int i = 0; i < 400; i++) Add(fixture, model, random);
        Compare(fixture, model, random);
    }

    [Fact]
    public async Task A_count_is_exact_where_each_subject_has_one_message_and_when_one_of_them_gets_more()
    {
        var random = new Random(5);
        await using var fixture = new LogFixture();
        LogOptions options = Options with { MaxMessagesPerSubject = 1 };
        fixture.Open(options);
        var model = new SortedDictionary<ulong, string>();
        for (int i = 0; i < 2000; i++)
        {
            string subject = $"a.{i % 300}.{i % 3}";
            foreach ((ulong sequence, _) in model.Where(one => one.Value == subject).ToList()) model.Remove(sequence);
            model.Add(fixture.Add(subject, ""), subject);
        }

        Compare(fixture, model, random);
        foreach (ulong sequence in model.Keys.Where(static sequence => sequence % 7 == 0).ToList())
        {
            fixture.Log.Remove(sequence, erase: false);
            model.Remove(sequence);
        }

        Compare(fixture, model, random);
        fixture.Log.Update(Options);
        model.Add(fixture.Add("a.7.1", ""), "a.7.1");
        model.Add(fixture.Add("a.8.2", ""), "a.8.2");
        Compare(fixture, model, random);
    }

    [Fact]
    public async Task Counting_needs_no_block_once_subjects_have_numbers_and_none_at_all_where_no_subject_is_split()
    {
        var random = new Random(3);
        await using var fixture = new LogFixture();
        fixture.Open(Options);
        var model = new SortedDictionary<ulong, string>();
        for (int i = 0; i < Messages; i++) Add(fixture, model, random);
        await fixture.CommitAsync();
        fixture.Services.Numbers.HeldBytes.ShouldBeInRange(Messages / 2, 3 * Messages);
        Forget(fixture);
        fixture.Log.CountPending(3000, new SubjectFilters("a.*.2"), lastPerSubject: false).Messages.ShouldBe(Expected(model, 3000, ["a.*.2"]));
        fixture.Services.Cache.HeldBytes.ShouldBe(0);

        await fixture.ReopenAsync(Options);
        Forget(fixture);
        fixture.Log.CountPending(3000, new SubjectFilters("once.*"), lastPerSubject: false).Messages.ShouldBe(Expected(model, 3000, ["once.*"]));
        fixture.Services.Cache.HeldBytes.ShouldBe(0);
        fixture.Log.Purge(default, 0, 0);
        await fixture.CommitAsync();
        await fixture.Log.DisposeAsync();
        fixture.Services.Numbers.HeldBytes.ShouldBe(0);
    }

    /// <summary>So many that filters are compared with columns of tokens, and subjects get other numbers when most are gone.</summary>
    [Theory]
    [InlineData(1, 64 * 1024 * 1024)]
    [InlineData(2, 100 * 1024)]
    public async Task Counts_over_thousands_of_subjects_are_exact_while_most_of_them_come_and_go(int seed, long numbersBytes)
    {
        var random = new Random(seed);
        await using var fixture = new LogFixture(numbersBytes: numbersBytes);
        fixture.Open(Options);
        var model = new SortedDictionary<ulong, string>();
        for (int i = 0; i < 9000; i++) AddOfMany(fixture, model, random);
        await fixture.CommitAsync();
        CompareMany(fixture, model, random);
        Thin(fixture, model, random, oneOf: 3);
        CompareMany(fixture, model, random);
        for (int i = 0; i < 1500; i++) AddOfMany(fixture, model, random);
        CompareMany(fixture, model, random);
        await fixture.ReopenAsync(Options);
        CompareMany(fixture, model, random);
        fixture.Log.KeepHouse();
        CompareMany(fixture, model, random);

        // Most are gone: what is left is numbered anew.
        Thin(fixture, model, random, oneOf: 1);
        CompareMany(fixture, model, random);
        for (int i = 0; i < 4000; i++) AddOfMany(fixture, model, random);
        fixture.Log.KeepHouse();
        CompareMany(fixture, model, random);
        await fixture.CommitAsync();
        CompareMany(fixture, model, random);
    }

    [Fact]
    public async Task Messages_that_cannot_be_read_are_counted_as_nobodys()
    {
        await using var fixture = new LogFixture();
        fixture.Open(Options);
        string payload = new('x', 100);
        for (int i = 0; i < 400; i++) fixture.Add(i < 4 ? "a" : i == 300 ? "a" : $"b.{i % 7}", payload);
        for (int i = 0; i < 400; i++) fixture.Add($"b.{i % 7}", payload);
        fixture.Add("a", payload);
        await fixture.ReopenAsync(Options);
        await fixture.Log.DisposeAsync();
        string first = Path.Combine(fixture.Directory, "1.blk");
        byte[] bytes = File.ReadAllBytes(first);
        bytes.AsSpan(bytes.Length / 4, bytes.Length / 2).Clear();
        File.WriteAllBytes(first, bytes);
        fixture.Open(Options);
        fixture.Log.CountPending(600, new SubjectFilters("a"), lastPerSubject: false).Messages.ShouldBe(1UL);
        fixture.Log.CountPending(100, new SubjectFilters("a"), lastPerSubject: false).Messages.ShouldBe(2UL);
        fixture.Log.State.Lost.ShouldBeGreaterThan(0UL);
    }

    // Two housekeepings in which nobody asked for anything.
    private static void Forget(LogFixture fixture)
    {
        fixture.Services.Cache.Age();
        fixture.Services.Cache.Age();
    }

    private static void Add(LogFixture fixture, SortedDictionary<ulong, string> model, Random random)
    {
        string subject = random.Next(10) switch
        {
            0 => $"b.{random.Next(20)}",
            1 => $"once.{model.Count}-{random.Next()}",
            _ => $"a.{random.Next(12)}.{random.Next(4)}",
        };
        model.Add(fixture.Add(subject, new string('x', random.Next(30))), subject);
    }

    private static void Compare(LogFixture fixture, SortedDictionary<ulong, string> model, Random random)
    {
        ulong end = model.Keys.Last();
        foreach (string[] filters in FilterSets)
        {
            for (int i = 0; i < 12; i++)
            {
                ulong from = i < 2 ? end * (ulong)i : (ulong)random.NextInt64((long)end + 2);
                fixture.Log.CountPending(from, new SubjectFilters(filters), lastPerSubject: false).Messages.ShouldBe(Expected(model, from, filters), $"{string.Join(' ', filters)} from {from}");
                if (filters.Length > 1) continue;
                ulong[] matching = [.. model.Where(one => one.Key >= from && Matches(filters[0], one.Value)).Select(one => one.Key)];
                var state = matching.Length == 0 ? default : new SubjectState((ulong)matching.Length, matching[0], matching[^1]);
                fixture.Log.GetFiltered(from, System.Text.Encoding.ASCII.GetBytes(filters[0])).ShouldBe(state, $"{filters[0]} from {from}");
            }
        }
    }

    private static void AddOfMany(LogFixture fixture, SortedDictionary<ulong, string> model, Random random)
    {
        string subject = random.Next(3) == 0 ? $"m.{random.Next(9)}.s" : $"m.{random.Next(900)}.{"xyz"[random.Next(3)]}{(random.Next(9) == 0 ? ".more" : "")}";
        model.Add(fixture.Add(subject, "payload"), subject);
    }

    private static void Thin(LogFixture fixture, SortedDictionary<ulong, string> model, Random random, int oneOf)
    {
        foreach (ulong sequence in model.Where(one => random.Next(oneOf) == 0 && (oneOf > 1 || !one.Value.StartsWith("m.1", StringComparison.Ordinal))).Select(one => one.Key).ToList())
        {
            fixture.Log.Remove(sequence, erase: false).ShouldBeTrue();
            model.Remove(sequence);
        }
    }

    private static void CompareMany(LogFixture fixture, SortedDictionary<ulong, string> model, Random random)
    {
        ulong end = model.Keys.Last();
        foreach (string[] filters in (string[][])[["m.*.x"], ["m.17.*"], ["m.*.*"], ["m.*.>"], ["*.*.s", "m.1.>"], ["m.*.y", "m.*.z", "m.5.x"], ["m.*.*.more"], ["m.*.none"]])
        {
            var matching = model.Where(one => filters.Any(filter => Matches(filter, one.Value))).ToList();
            var several = new SubjectFilters(filters);
            for (int i = 0; i < 4; i++)
            {
                ulong from = i == 0 ? 0 : (ulong)random.NextInt64((long)end + 2);
                fixture.Log.CountPending(from, several, lastPerSubject: false).Messages.ShouldBe((ulong)matching.Count(one => one.Key >= from), $"{string.Join(' ', filters)} from {from}");
            }

            List<ulong> lasts = [.. matching.GroupBy(one => one.Value).Select(group => group.Last().Key).Order()];
            SequenceList list = fixture.Log.FindLastSequences(several);
            list.Count.ShouldBe(lasts.Count);
            lasts.ShouldAllBe(sequence => list.Contains(sequence));
            fixture.Log.FindLast(several).ShouldBe(lasts.LastOrDefault());
            fixture.Log.CountPending(end / 2, several, lastPerSubject: true).Messages.ShouldBe((ulong)lasts.Count(sequence => sequence >= end / 2));
            fixture.Log.CountSubjects(System.Text.Encoding.ASCII.GetBytes(filters[0])).ShouldBe(matching.Where(one => Matches(filters[0], one.Value)).Select(one => one.Value).Distinct().Count());
        }
    }

    private static ulong Expected(SortedDictionary<ulong, string> model, ulong from, string[] filters) =>
        (ulong)model.Count(one => one.Key >= from && filters.Any(filter => Matches(filter, one.Value)));

    private static bool Matches(string filter, string subject) => Subjects.Matches(System.Text.Encoding.ASCII.GetBytes(subject), System.Text.Encoding.ASCII.GetBytes(filter));
}
