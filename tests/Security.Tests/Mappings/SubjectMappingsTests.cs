using System.Text;
using CsCheck;
using DotNats.Primitives;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Mappings;

public class SubjectMappingsTests
{
    private const int Rounds = 100_000;

    [Fact]
    public void Without_rules_there_are_no_mappings() => SubjectMappings.Create([], null).ShouldBeNull();

    [Theory]
    [InlineData("a", "exact")]
    [InlineData("a.b", "two.b")]
    [InlineData("a.c", "x.c")]
    [InlineData("a.b.c", "y.b.c")]
    [InlineData("b", null)]
    [InlineData("a.", "y.")]
    [InlineData("a.b..c", "y.b..c")]
    [InlineData("a.*", "x.*")]
    [InlineData("a.>", "y.>")]
    [InlineData("s.w", "star")]
    [InlineData("s.*", null)]
    [InlineData("s.", null)]
    [InlineData("s..x", null)]
    [InlineData(">", null)]
    public void The_most_specific_rule_counts(string subject, string? expected)
    {
        MappingRule[] rules = [Rule("a.>", "y.>"), Rule("a.*", "x.$1"), Rule("a", "exact"), Rule("a.b", "two.b"), Rule("s.*x", "star")];
        foreach (MappingRule[] order in (MappingRule[][])[rules, [.. rules.Reverse()], [.. rules, .. Fillers(100)]])
            Map(Create(order), subject).ShouldBe(expected);
    }

    [Theory]
    [InlineData("a.*.c", "a.b.*", "a.b.c", "a.b.*")]
    [InlineData("*.b", "a.*", "a.b", "a.*")]
    [InlineData("a.>", "*.b.c", "a.b.c", "a.>")]
    [InlineData("a.*.>", "a.>", "a.b.c", "a.*.>")]
    [InlineData("a.*.*", "a.*.>", "a.b.c", "a.*.*")]
    public void The_first_token_that_differs_decides_what_is_more_specific(string one, string other, string subject, string winner)
    {
        foreach (int fillers in (int[])[0, 100])
            Map(Create([Rule(one, Named(one)), Rule(other, Named(other)), .. Fillers(fillers)]), subject).ShouldStartWith(Word(winner));

        static string Named(string source) => Word(source) + (source.EndsWith('>') ? ".>" : "");
        static string Word(string source) => "to-" + source.Replace('.', '-').Replace("*", "star").Replace(">", "full");
    }

    [Fact]
    public void Of_two_rules_with_one_source_the_last_counts() => Map(Create([Rule("a", "x"), Rule("a", "y")]), "a").ShouldBe("y");

    [Fact]
    public void Shares_are_kept_and_the_rest_stays()
    {
        Dictionary<string, int> counts = Count(Create([Rule("a.*", new("x.$1", 50), new("y.$1", 30))]), "a.1");
        counts.Keys.Order(StringComparer.Ordinal).ShouldBe(["a.1", "x.1", "y.1"]);
        ShouldBeAbout(counts["x.1"], 50);
        ShouldBeAbout(counts["y.1"], 30);
    }

    [Theory]
    [InlineData(40, 0)]
    [InlineData(0, 0)]
    [InlineData(25, 50)]
    public void With_the_source_among_the_destinations_what_is_missing_is_lost(int stays, int goes)
    {
        Dictionary<string, int> counts = Count(Create([Rule("a", new("a", stays), new("b", goes))]), "a");
        ShouldBeAbout(counts.GetValueOrDefault("a"), stays);
        ShouldBeAbout(counts.GetValueOrDefault("b"), goes);
        ShouldBeAbout(counts.GetValueOrDefault("<lost>"), 100 - stays - goes);
    }

    // Compat: nats-server looks for the source as it is written; "a.$1" is another text.
    [Fact]
    public void Of_a_wildcard_source_nothing_is_lost() =>
        Count(Create([Rule("a.*", new("a.$1", 40), new("b.$1", 30))]), "a.1").ShouldNotContainKey("<lost>");

    [Theory]
    [InlineData("east", "in-east")]
    [InlineData("west", "elsewhere")]
    [InlineData("", "elsewhere")]
    [InlineData(null, "elsewhere")]
    public void A_cluster_that_is_named_has_destinations_of_its_own(string? cluster, string expected)
    {
        MappingRule rule = Rule("a", new("in-east", 100, "east"), new("elsewhere", 100));
        Map(SubjectMappings.Create([rule], cluster)!, "a").ShouldBe(expected);
    }

    [Theory]
    [InlineData("east", "in-east")]
    [InlineData("west", "a")]
    [InlineData(null, "a")]
    public void Where_only_clusters_are_named_the_others_keep_the_subject(string? cluster, string expected) =>
        Map(SubjectMappings.Create([Rule("a", new WeightedSubject("in-east", 100, "east"))], cluster)!, "a").ShouldBe(expected);

    // Compat: the source named for one cluster means loss in every other that has less than everything.
    [Fact]
    public void The_source_named_for_one_cluster_is_named_for_all()
    {
        MappingRule rule = Rule("a", new("a", 100, "west"), new("b", 50, "east"));
        Map(SubjectMappings.Create([rule], null)!, "a").ShouldBe("<lost>");
        Count(SubjectMappings.Create([rule], "east")!, "a").Keys.Order(StringComparer.Ordinal).ShouldBe(["<lost>", "b"]);
    }

    [Fact]
    public void An_empty_destination_loses_its_share() => Map(Create([Rule("a", new WeightedSubject("", 100))]), "a").ShouldBe("<lost>");

    [Fact]
    public void A_rule_without_destinations_keeps_the_subject() => Map(Create([Rule("a.*")]), "a.b").ShouldBe("a.b");

    // Compat: the reference hashes the subject's tokens only where it had to look for wildcards.
    [Fact]
    public void The_partition_of_a_rule_for_one_subject_is_that_of_no_bytes() => Map(Create([Rule("lit", "x.{{partition(10)}}")]), "lit").ShouldBe("x.1");

    [Theory]
    [InlineData("a..b", "x", "invalid subject")]
    [InlineData("a b", "x", "invalid subject")]
    [InlineData("", "x", "invalid subject")]
    public void A_source_must_be_a_subject(string source, string destination, string error)
    {
        MappingRule.TryCreate(source, [new WeightedSubject(destination)], out _, out string? said).ShouldBeFalse();
        said.ShouldBe(error);
    }

    [Fact]
    public void Shares_must_add_up_and_differ()
    {
        Refuse(new("x", 50), new("x", 20)).ShouldBe("duplicate entry for \"x\"");
        Refuse(new WeightedSubject("x", 101)).ShouldBe("individual weights need to be <= 100");
        Refuse(new WeightedSubject("x", -1)).ShouldBe("individual weights need to be <= 100");
        Refuse(new("x", 60), new("y", 41)).ShouldBe("total weight needs to be <= 100");
        Refuse(new("x", 60, "east"), new("y", 41)).ShouldBeNull();
        Refuse(new("x", 60, ""), new("y", 41)).ShouldBe("total weight needs to be <= 100");

        static string? Refuse(params WeightedSubject[] destinations)
        {
            _ = MappingRule.TryCreate("a", destinations, out _, out string? error);
            return error;
        }
    }

    [Fact]
    public void Shares_are_told_from_the_smallest_with_their_upper_ends()
    {
        MappingRule rule = Rule("a.*", new("x", 50), new("y", 30), new("z", 100, "east"));
        rule.Shares.Select(share => $"{share.Destination} {share.UpTo} {share.Cluster}").ShouldBe(["a.$1 20 ", "y 50 ", "x 100 ", "z 100 east"]);
    }

    [Fact]
    public void Many_rules_find_what_few_would()
    {
        Gen<string> token = Gen.OneOf(new[] { "a", "b", "c", "*", "*x" }.Select(Gen.Const).ToArray());
        Gen<string> source = Gen.Select(token.Array[1, 4], Gen.Bool, (tokens, full) => string.Join('.', tokens) + (full ? ".>" : ""));
        Gen<string> subject = Gen.OneOf(new[] { "a", "b", "c", "*", ">", "" }.Select(Gen.Const).ToArray()).Array[1, 5].Select(tokens => string.Join('.', tokens));
        Gen.Select(source.Array[0, 20], subject.Where(s => s.Length > 0)).Sample((sources, published) =>
        {
            MappingRule[] rules = [.. sources.Select(s => Rule(s, s.EndsWith('>') ? $"{s.Replace('*', '+')}" : s.Replace('*', '+')))];
            string? few = rules.Length == 0 ? null : Map(Create(rules), published);
            Map(Create([.. rules, .. Fillers(100)]), published).ShouldBe(few);
        });
    }

    [Fact]
    public void Mapping_allocates_nothing()
    {
        MappingRule[] rules = [Rule("a.*.>", "x.{{split(1,-)}}.{{sliceFromLeft(1,2)}}.{{partition(9,1)}}.>"), Rule("a", new("b", 30), new("c.{{random(9)}}", 20))];
        foreach (SubjectMappings mappings in (SubjectMappings[])[Create(rules), Create([.. rules, .. Fillers(100)])])
        {
            var random = new SpreadRandom(1);
            byte[] room = new byte[256];
            long least = long.MaxValue;
            for (int round = 0; round < 5; round++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 10_000; i++)
                {
                    Apply(mappings, "a.b-c-defg.h.i"u8, room, random);
                    Apply(mappings, "a"u8, room, random);
                    Apply(mappings, "not.mapped"u8, room, random);
                }

                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            least.ShouldBe(0);
        }
    }

    [Fact]
    public void A_subject_is_not_blown_up_without_bound()
    {
        SubjectMappings mappings = Create([Rule("a.*", string.Join('.', Enumerable.Repeat("$1", 100_000)))]);
        byte[] subject = Encoding.ASCII.GetBytes("a." + new string('x', 4000));
        Map(mappings, subject, new SpreadRandom(1)).ShouldBe("<lost>");
        mappings.Find(subject)!.Only!.RoomFor(subject.Length).ShouldBeLessThan(2_000_000);
    }

    private static SubjectMappings Create(IEnumerable<MappingRule> rules) => SubjectMappings.Create(rules, null).ShouldNotBeNull();

    private static MappingRule Rule(string source, string destination) => Rule(source, new WeightedSubject(destination));

    private static MappingRule Rule(string source, params WeightedSubject[] destinations)
    {
        MappingRule.TryCreate(source, destinations, out MappingRule? rule, out string? error).ShouldBeTrue(error);
        return rule.ShouldNotBeNull();
    }

    private static IEnumerable<MappingRule> Fillers(int count) => Enumerable.Range(0, count).Select(i => Rule($"filler{i}.*", "filled.$1"));

    private static string? Map(SubjectMappings mappings, string subject) => Map(mappings, Encoding.ASCII.GetBytes(subject), new SpreadRandom(1));

    private static string? Map(SubjectMappings mappings, byte[] subject, SpreadRandom random)
    {
        if (mappings.Find(subject) is not { } mapping) return null;
        if (mapping.Pick(random) is not { } transform) return "<lost>";
        byte[] room = new byte[transform.RoomFor(subject.Length)];
        return transform.TryApply(mapping.Seen(subject), room, random, out int length) ? Encoding.ASCII.GetString(room, 0, length) : "<lost>";
    }

    private static void Apply(SubjectMappings mappings, ReadOnlySpan<byte> subject, byte[] room, SpreadRandom random)
    {
        if (mappings.Find(subject) is { } mapping && mapping.Pick(random) is { } transform) transform.TryApply(mapping.Seen(subject), room, random, out _);
    }

    private static Dictionary<string, int> Count(SubjectMappings mappings, string subject)
    {
        var random = new SpreadRandom(20);
        byte[] bytes = Encoding.ASCII.GetBytes(subject);
        Dictionary<string, int> counts = [];
        for (int i = 0; i < Rounds; i++)
        {
            string went = Map(mappings, bytes, random)!;
            counts[went] = counts.GetValueOrDefault(went) + 1;
        }

        return counts;
    }

    private static void ShouldBeAbout(int count, int percent) => (count * 100.0 / Rounds).ShouldBeInRange(percent - 0.7, percent + 0.7);
}
