using System.Text;
using DotNats.Primitives;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Index;

/// <summary>What columns say of filters, against matching one subject after the other.</summary>
public sealed class SubjectColumnsTests
{
    private const string LongToken = "a-token-of-more-than-fifteen-bytes";

    private static readonly string[] Words = ["a", "b", "c", "fifteen-bytes-x", "sixteen-bytes-xy", LongToken, LongToken + "2", "7", "17", "*", ">"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void They_match_as_one_subject_after_the_other_would_while_subjects_come_and_go(int seed)
    {
        var random = new Random(seed);
        var columns = new SubjectColumns();
        var model = new Dictionary<uint, string>();
        var free = new Stack<uint>();
        for (int round = 0; round < 4; round++)
        {
            for (int i = 0; i < 3000; i++)
            {
                uint number = free.TryPop(out uint left) ? left : (uint)model.Count;
                string subject = Subject(random, wide: round > 1);
                columns.Add(number, Utf8(subject));
                columns.Add(number, "another.subject"u8);
                model.Add(number, subject);
            }

            for (int i = 0; i < 60; i++) Compare(columns, model, free.Count, Filter(random, model));
            foreach (uint number in model.Keys.Where(_ => random.Next(round == 2 ? 2 : 10) == 0).ToArray())
            {
                columns.Remove(number);
                columns.Remove(number);
                model.Remove(number);
                free.Push(number);
            }

            for (int i = 0; i < 60; i++) Compare(columns, model, free.Count, Filter(random, model));
        }

        foreach (uint number in model.Keys) columns.Remove(number);
        Compare(columns, [], free.Count + model.Count, ">");
    }

    [Fact]
    public void Numbers_of_tokens_grow_from_one_byte_to_four_and_are_given_again()
    {
        var columns = new SubjectColumns();
        const uint Subjects = 70_000;
        for (uint number = 0; number < Subjects; number++) columns.Add(number, Utf8($"n.{number}.x"));
        foreach (uint number in new uint[] { 0, 254, 255, 256, 65_534, 65_535, 65_536, Subjects - 1 }) Matched(columns, (int)Subjects, $"n.{number}.*").ShouldBe([number]);
        Matched(columns, (int)Subjects, "*.*.x").Count.ShouldBe((int)Subjects);
        long full = columns.HeldBytes;
        for (uint number = 0; number < Subjects; number++)
        {
            columns.Remove(number);
            columns.Add(number, Utf8($"m.{number}.{number % 3}"));
        }

        columns.HeldBytes.ShouldBeLessThan(full + (full / 5));
        Matched(columns, (int)Subjects, "n.*.x").ShouldBeEmpty();
        Matched(columns, (int)Subjects, "m.65536.*").ShouldBe([65_536u]);
        Matched(columns, (int)Subjects, "*.*.1").Count.ShouldBe((int)Subjects / 3);
    }

    [Fact]
    public void Subjects_of_more_tokens_than_are_known_are_matched_by_the_filters_that_are_not_longer()
    {
        var columns = new SubjectColumns();
        string known = string.Join('.', Enumerable.Repeat("t", SubjectColumns.MostTokens));
        columns.Add(0, Utf8(known));
        columns.Add(1, Utf8(known + ".u"));
        columns.Add(2, Utf8(known + ".u.v"));
        columns.Add(3, "t"u8);
        Matched(columns, 4, ">").ShouldBe([0u, 1u, 2u, 3u]);
        Matched(columns, 4, known).ShouldBe([0u]);
        Matched(columns, 4, known[..^1] + "*").ShouldBe([0u]);
        Matched(columns, 4, known[..^1] + ">").ShouldBe([0u, 1u, 2u]);
        Matched(columns, 4, known + ".>").ShouldBe([1u, 2u]);
        using var none = new SubjectSet(4);
        columns.TryMatch(Utf8(known + ".*"), none).ShouldBeFalse();
        columns.TryMatch(Utf8(known + ".u.>"), none).ShouldBeFalse();
    }

    [Fact]
    public void An_index_answers_the_same_by_its_columns_and_by_its_tree()
    {
        var random = new Random(9);
        var index = new SubjectIndex();
        var model = new HashSet<string>(StringComparer.Ordinal);
        for (ulong sequence = 1; sequence <= 12_000; sequence++)
        {
            string subject = Subject(random, wide: true);
            index.Add(Utf8(subject), sequence);
            model.Add(subject);
        }

        index.Columns.ShouldNotBeNull();
        CompareIndex(index, model, random);
        index.Add("a..b"u8, 12_001);
        index.Add(Utf8("d" + string.Concat(Enumerable.Repeat(".d", 40))), 12_002);
        model.Add("d" + string.Concat(Enumerable.Repeat(".d", 40)));
        CompareIndex(index, model, random);
        foreach (string subject in model.Where(_ => random.Next(8) != 0).ToArray())
        {
            index.Remove(Utf8(subject)).ShouldBeTrue();
            model.Remove(subject);
        }

        // Subjects have other numbers now, and their columns are made again when there is time.
        index.Numbering.ShouldBeGreaterThan(0);
        CompareIndex(index, model, random);
        while (index.MakeColumns()) CompareIndex(index, model, random);
        CompareIndex(index, model, random);
    }

    [Fact]
    public void An_index_that_was_read_makes_its_columns_a_little_at_a_time_while_subjects_come_and_go()
    {
        var index = new SubjectIndex();
        var model = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 9000; i++)
        {
            string subject = $"s.{i % 100}.{i}";
            index.Load(Utf8(subject), 1, (ulong)i + 1, (ulong)i + 1);
            model.Add(subject);
        }

        index.Columns.ShouldBeNull();
        int portions = 0;
        var random = new Random(4);
        for (bool goesOn = true; goesOn; portions++)
        {
            goesOn = index.MakeColumns();
            foreach (string subject in model.Where(_ => random.Next(20) == 0).ToArray())
            {
                index.Remove(Utf8(subject));
                model.Remove(subject);
            }

            for (int i = 0; i < 100; i++)
            {
                string subject = $"s.{random.Next(100)}.new{random.Next()}";
                index.Add(Utf8(subject), (ulong)(10_000 + portions));
                model.Add(subject);
            }
        }

        portions.ShouldBeGreaterThan(3);
        index.Columns.ShouldNotBeNull();
        CompareIndex(index, model, random);
    }

    private static void CompareIndex(SubjectIndex index, HashSet<string> model, Random random)
    {
        for (int i = 0; i < 40; i++)
        {
            string filter = Filter(random, model.ElementAt(random.Next(model.Count)));
            string other = Filter(random, model.ElementAt(random.Next(model.Count)));
            int expected = model.Count(subject => Matches(filter, subject));
            index.CountMatches(Utf8(filter)).ShouldBe(expected, filter);
            using SubjectSet found = index.Select(new MessageFilter(new SubjectFilters(filter, other)));
            found.Count.ShouldBe(model.Count(subject => Matches(filter, subject) || Matches(other, subject)), $"{filter} {other}");
        }
    }

    private static void Compare(SubjectColumns columns, Dictionary<uint, string> model, int free, string filter) =>
        Matched(columns, model.Count + free, filter).AsEnumerable().ShouldBe(model.Where(one => Matches(filter, one.Value)).Select(one => one.Key).Order().ToList(), filter);

    private static List<uint> Matched(SubjectColumns columns, int numbers, string filter)
    {
        using var found = new SubjectSet(numbers);
        columns.TryMatch(Utf8(filter), found).ShouldBeTrue();
        var list = new List<uint>();
        for (uint number = 0; number < numbers; number++)
        {
            if (found.Contains(number)) list.Add(number);
        }

        list.Count.ShouldBe(found.Count);
        return list;
    }

    private static string Subject(Random random, bool wide)
    {
        string[] tokens = new string[random.Next(1, 6)];
        for (int i = 0; i < tokens.Length; i++) tokens[i] = wide && random.Next(3) == 0 ? $"{random.Next(1000)}" : Words[random.Next(Words.Length)];
        return string.Join('.', tokens);
    }

    private static string Filter(Random random, Dictionary<uint, string> model) => Filter(random, model.Count == 0 ? "a.b" : model.Values.ElementAt(random.Next(model.Count)));

    private static string Filter(Random random, string subject)
    {
        string[] tokens = subject.Split('.');
        for (int changes = random.Next(4); changes > 0; changes--) tokens[random.Next(tokens.Length)] = random.Next(6) == 0 ? "b" : "*";
        for (int i = 0; i < tokens.Length - 1; i++)
        {
            if (tokens[i] == ">") tokens[i] = "*";
        }

        if (random.Next(4) == 0) tokens[^1] = ">";
        return string.Join('.', tokens);
    }

    private static bool Matches(string filter, string subject) => Subjects.Matches(Utf8(subject), Utf8(filter));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
