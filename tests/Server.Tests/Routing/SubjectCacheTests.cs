using System.Text;
using DotNats.Security;
using DotNats.Server.Routing;
using Shouldly;
using Xunit;

namespace Server.Tests.Routing;

public sealed class SubjectCacheTests
{
    private static readonly SubjectMappings Mappings = Compile(("a.*", [("b.$1", 100)]), ("s.*", [("one.$1", 50), ("two.$1", 50)]), ("lost.*", [("", 100)]), ("one", [("x.{{partition(5)}}", 100)]));
    private static readonly SubjectMappings Others = Compile(("a.*", [("other.$1.$1", 100)]));
    private static readonly SubjectTransform Prefix = Transform("a.>", "in.>"), Chance = Transform("a.*", "c.{{random(9)}}.$1");

    private readonly DeliveryContext _context = new() { TicksPerSecond = 1000 };

    [Fact]
    public void A_subject_goes_where_it_goes_without_a_cache_whatever_came_before()
    {
        var random = new Random(5);
        for (int i = 0; i < 50_000; i++)
        {
            string word = random.Next(20) == 0 ? new string('x', random.Next(400)) + "y" : $"{random.Next(2000)}";
            (SubjectMappings mappings, string subject, string? expected) = random.Next(5) switch
            {
                0 => (Mappings, "a." + word, "b." + word),
                1 => (Others, "a." + word, $"other.{word}.{word}"),
                2 => (Mappings, "lost." + word, ""),
                3 => (Others, "s." + word, null),
                _ => (Mappings, "one", "x.1"),
            };
            for (int again = 0; again < 2; again++) Map(mappings, subject).ShouldBe(expected, subject);
            Make(Prefix, "a." + word).ShouldBe("in." + word);
        }
    }

    [Fact]
    public void Shares_and_chance_are_drawn_for_each_message()
    {
        Enumerable.Range(0, 400).Select(_ => Map(Mappings, "s.1")).Distinct().Order().ShouldBe(["one.1", "two.1"]);
        Enumerable.Range(0, 400).Select(_ => Make(Chance, "a.z")).Distinct().Count().ShouldBe(9);
    }

    [Fact]
    public void A_subject_stays_as_it_was_made_while_others_take_its_place()
    {
        int mark = _context.Scratch.Mark;
        _context.MadeSubjects.TryMake(_context, Prefix, "a.first"u8, out ReadOnlySpan<byte> first).ShouldBeTrue();
        _context.MadeSubjects.TryMake(_context, Prefix, "a.first"u8, out ReadOnlySpan<byte> again).ShouldBeTrue();
        for (int i = 0; i < 5000; i++) _context.MadeSubjects.TryMake(_context, Prefix, Encoding.ASCII.GetBytes($"a.{i:d5}"), out _);
        Encoding.ASCII.GetString(first).ShouldBe("in.first");
        Encoding.ASCII.GetString(again).ShouldBe("in.first");
        _context.Scratch.Release(mark);
    }

    [Fact]
    public void Many_subjects_in_turn_allocate_nothing_once_their_slots_have_room()
    {
        byte[][] subjects = [.. Enumerable.Range(0, 2000).Select(i => Encoding.ASCII.GetBytes($"a.{i}"))];
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (byte[] subject in subjects)
            {
                int mark = _context.Scratch.Mark;
                _context.MadeSubjects.TryMap(_context, Mappings, subject, out _);
                _context.Scratch.Release(mark);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.ShouldBe(0);
    }

    // Null where it stays.
    private string? Map(SubjectMappings mappings, string subject)
    {
        int mark = _context.Scratch.Mark;
        bool isMapped = _context.MadeSubjects.TryMap(_context, mappings, Encoding.ASCII.GetBytes(subject), out ReadOnlySpan<byte> mapped);
        string text = Encoding.ASCII.GetString(mapped);
        _context.Scratch.Release(mark);
        return isMapped ? text : null;
    }

    private string? Make(SubjectTransform transform, string subject)
    {
        int mark = _context.Scratch.Mark;
        bool isMade = _context.MadeSubjects.TryMake(_context, transform, Encoding.ASCII.GetBytes(subject), out ReadOnlySpan<byte> made);
        string text = Encoding.ASCII.GetString(made);
        _context.Scratch.Release(mark);
        return isMade ? text : null;
    }

    private static SubjectTransform Transform(string source, string destination)
    {
        SubjectTransform.TryCreate(source, destination, strict: false, out SubjectTransform? transform, out string? error).ShouldBeTrue(error);
        return transform!;
    }

    private static SubjectMappings Compile(params (string Source, (string Subject, int Weight)[] Destinations)[] mappings) => SubjectMappings.Create(
        mappings.Select(mapping =>
        {
            MappingRule.TryCreate(mapping.Source, [.. mapping.Destinations.Select(to => new WeightedSubject(to.Subject, to.Weight))], out MappingRule? rule, out string? error)
                .ShouldBeTrue(error);
            return rule!;
        }),
        cluster: null)!;
}
