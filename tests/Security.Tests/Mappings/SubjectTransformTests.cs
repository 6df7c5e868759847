using System.Text;
using DotNats.Primitives;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Mappings;

public class SubjectTransformTests
{
    // source, destination, subject, result; bytes as Latin-1. Recorded from nats-server 2.15.1: an account mapping each, the subject sent as a
    // request that nobody answers, the result read from the header Nats-Subject.
    public static TheoryData<string, string, string, string> Recorded => Read("transforms.tsv", parts => (parts[0], parts[1], parts[2], parts[3]));

    // source, destination, what nats-server 2.15.1 -t says is wrong with such a mapping (nothing: it is not).
    public static TheoryData<string, string, string, string> Refusals => Read("refusals.tsv", parts => (parts[0], parts[1].Replace("\\t", "\t"), parts[2].Replace("\\t", "\t"), ""));

    [Theory, MemberData(nameof(Recorded))]
    public void A_subject_becomes_what_nats_server_makes_of_it(string source, string destination, string subject, string result) =>
        Apply(Create(source, destination), subject).ShouldBe(result);

    [Theory, MemberData(nameof(Refusals))]
    public void A_mapping_is_refused_in_the_words_of_nats_server(string source, string destination, string error, string _)
    {
        MappingRule.TryCreate(source, [new WeightedSubject(destination)], out MappingRule? rule, out string? said).ShouldBe(error.Length == 0);
        (said ?? "").ShouldBe(error);
        (rule is null).ShouldBe(error.Length > 0);
    }

    [Fact]
    public void Functions_may_be_used_that_only_a_mapping_does_not_take()
    {
        SubjectTransform.TryCreate("a.*", "b c.$1", strict: false, out SubjectTransform? transform, out _).ShouldBeTrue();
        Apply(transform!, "a.x").ShouldBe("b c.x");
    }

    [Fact]
    public void Without_a_source_every_subject_is_taken() => Apply(Create("", "x.>"), "a.b.c").ShouldBe("x.a.b.c");

    [Fact]
    public void An_empty_destination_is_no_transform()
    {
        SubjectTransform.TryCreate("a", "", strict: false, out SubjectTransform? transform, out string? error).ShouldBeTrue();
        transform.ShouldBeNull();
        error.ShouldBeNull();
    }

    [Theory]
    [InlineData("a.*", "b.{{wildcard(1)}}", null)]
    [InlineData("a.*.*", "b.$2.$1", null)]
    [InlineData("a.*.*", "b.$1", "invalid mapping destination: not using all of the token wildcard(s) in b.$1")]
    [InlineData("a.*", "b.{{left(1,2)}}",
        "invalid mapping destination: the only mapping function allowed for import transforms is {{Wildcard()}} in {{left(1,2)}}")]
    [InlineData("a.*", "b.{{random(2)}}.$1",
        "invalid mapping destination: the only mapping function allowed for import transforms is {{Wildcard()}} in {{random(2)}}")]
    [InlineData("a.>", "b.>", null)]
    [InlineData("a.>", "b.*", "invalid subject")]
    public void An_import_must_be_reversible(string source, string destination, string? expected)
    {
        SubjectTransform.TryCreate(source, destination, strict: true, out _, out string? error).ShouldBe(expected is null);
        error.ShouldBe(expected);
    }

    [Theory]
    [InlineData("a.*", "b.$1", "a.x", "b.x")]
    [InlineData("a.*.*", "b.{{wildcard(2)}}.$1", "a.x.y", "b.y.x")]
    [InlineData("a.*.*.*", "b.$2.$3.$1", "a.x.y.z", "b.y.z.x")]
    [InlineData("*.x.*.>", "$2.>", "1.x.2.3.4", null)]
    [InlineData("*.x.*.>", "p.$2.q.$1.>", "1.x.2.3.4", "p.2.q.1.3.4")]
    [InlineData("a.>", "b.c.>", "a.1.2", "b.c.1.2")]
    [InlineData("a.>", ">", "a.1.2", "1.2")]
    [InlineData("a", "b.c", "a", "b.c")]
    [InlineData("a.$1x.*", "b.$1", "a.$1x.w", "b.w")]
    [InlineData("a.*", "b.$1.$1", "a.x", "b.x.x")]
    [InlineData("a.*", "b.$0", "a.x", null)]
    public void The_way_back_undoes_the_way_there(string source, string destination, string subject, string? result)
    {
        SubjectTransform? back = Create(source, destination).Invert();
        (back is null).ShouldBe(result is null);
        if (back is null)
            return;
        Apply(Create(source, destination), subject).ShouldBe(result);
        Apply(back, result!).ShouldBe(subject);
        // Its own texts say the same.
        Apply(Create(back.Source, back.Destination), result!).ShouldBe(subject);
    }

    [Theory]
    [InlineData("a.*.*", "x.$2.{{split(2,-)}}.{{partition(5,1,2)}}.{{left(2,1)}}", "")]
    [InlineData("a.*.*", "x.$2.{{split(2,-)}}.{{partition(5,1,2)}}.{{left(2,1)}}", "a")]
    [InlineData("some.longer.prefix.*.>", "$1.>", "a.b")]
    [InlineData("some.longer.prefix.*.>", "$1.>", "some.longer.prefix")]
    public void A_subject_that_does_not_fit_is_survived(string source, string destination, string subject) =>
        Should.NotThrow(() => Apply(Create(source, destination), subject));

    [Theory]
    [InlineData("a.*", "some.text.$1")]
    [InlineData("a.*", "{{split(1,)}}")]
    [InlineData("a.*", "{{sliceFromLeft(1,1)}}.{{sliceFromRight(1,1)}}")]
    [InlineData("a.*", "{{splitFromLeft(1,1)}}")]
    [InlineData("a.*", "{{random(2147483647)}}.{{partition(2147483647,1)}}")]
    public void Room_that_is_too_short_is_reported_and_never_exceeded(string source, string destination)
    {
        SubjectTransform transform = Create(source, destination);
        byte[] subject = "a.bcdefghi"u8.ToArray();
        byte[] room = new byte[transform.MaxLength(subject.Length) + 8];
        transform.TryApply(subject, room.AsSpan(0, room.Length - 8), new SpreadRandom(1), out int needed).ShouldBeTrue();
        for (int length = 0; length < needed - 10; length++)
        {
            Array.Fill(room, (byte)'#');
            transform.TryApply(subject, room.AsSpan(0, length), new SpreadRandom(1), out int written).ShouldBeFalse();
            written.ShouldBeLessThanOrEqualTo(length);
            room.AsSpan(length).ContainsAnyExcept((byte)'#').ShouldBeFalse();
        }
    }

    [Fact]
    public void Random_numbers_are_below_the_bound_and_all_come()
    {
        var random = new SpreadRandom(7);
        foreach (string bound in (string[])["3", "-3"])
        {
            SubjectTransform transform = Create("a", $"{{{{random({bound})}}}}");
            HashSet<string> seen = [.. Enumerable.Range(0, 200).Select(_ => Apply(transform, "a", random))];
            seen.Order(StringComparer.Ordinal).ShouldBe(["0", "1", "2"]);
        }
    }

    [Theory]
    [InlineData("a.*.b", "a.$1.b")]
    [InlineData("*.*", "$1.$2")]
    [InlineData("a.>", "a.>")]
    public void Wildcards_are_numbered_and_become_wildcards_again(string subject, string tokenized)
    {
        TransformText.Tokenize(subject).ShouldBe(tokenized);
        TransformText.Untokenize(tokenized).ShouldBe(subject);
    }

    [Theory]
    [InlineData("a.{{ Wildcard(1) }}.b", "a.*.b")]
    [InlineData("$1x.$0.$a", "*.$0.$a")]
    [InlineData("{{wildcard()}}.{{left(1,2)}}", "{{wildcard()}}.{{left(1,2)}}")]
    public void What_names_a_place_is_a_wildcard(string subject, string untokenized) => TransformText.Untokenize(subject).ShouldBe(untokenized);

    private static SubjectTransform Create(string source, string destination)
    {
        SubjectTransform.TryCreate(source, destination, strict: false, out SubjectTransform? transform, out string? error).ShouldBeTrue(error);
        return transform.ShouldNotBeNull();
    }

    private static string Apply(SubjectTransform transform, string subject, SpreadRandom? random = null)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(subject);
        byte[] room = new byte[transform.MaxLength(bytes.Length)];
        transform.TryApply(bytes, room, random ?? new SpreadRandom(1), out int written).ShouldBeTrue();
        return Encoding.Latin1.GetString(room, 0, written);
    }

    private static TheoryData<string, string, string, string> Read(string file, Func<string[], (string, string, string, string)> select)
    {
        TheoryData<string, string, string, string> rows = [];
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Mappings", file)))
        {
            (string a, string b, string c, string d) = select(line.Split('\t'));
            rows.Add(a, b, c, d);
        }

        return rows;
    }
}
