using System.Text;
using DotNats.Primitives;
using DotNats.Server.Routing;
using Shouldly;
using Xunit;

namespace Server.Tests.Routing;

public sealed class InterestVersionsTests
{
    private static readonly string[] Tokens = ["a", "b", "c", "dd", "*", ">"];
    private static readonly string[] Literals = ["a", "a.b", "a.b.c", "b.c", "dd", "dd.dd.a", "c.a"];

    [Fact]
    public void A_change_that_could_match_a_subject_changes_what_is_kept_of_it()
    {
        var versions = new InterestVersions();
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] filter = Encoding.ASCII.GetBytes(MakeFilter(random));
            InterestVersions.Stamp[] before = [.. Literals.Select(subject => Read(versions, subject))];
            int any = versions.Any;
            versions.Bump(filter);
            versions.Any.ShouldBe(any + 1);
            for (int s = 0; s < Literals.Length; s++)
            {
                bool couldMatch = Subjects.Overlaps(filter, Encoding.ASCII.GetBytes(Literals[s]));
                if (couldMatch) Read(versions, Literals[s]).ShouldNotBe(before[s], $"{Encoding.ASCII.GetString(filter)} {Literals[s]} {i}");
            }
        }
    }

    [Fact]
    public void Other_subjects_mostly_keep_theirs_once_much_has_changed()
    {
        var versions = new InterestVersions();
        for (int i = 0; i < 1000; i++) versions.Bump(Encoding.ASCII.GetBytes($"x{i}.y"));
        InterestVersions.Stamp[] before = [.. Enumerable.Range(0, 100).Select(i => Read(versions, $"s{i}.t"))];
        versions.Bump("x.y"u8);
        Enumerable.Range(0, 100).Count(i => Read(versions, $"s{i}.t") == before[i]).ShouldBeGreaterThan(95);
    }

    private static InterestVersions.Stamp Read(InterestVersions versions, string subject)
    {
        InterestVersions.PrefixHashes(Encoding.ASCII.GetBytes(subject), out uint first, out uint two, out _, out _);
        return versions.Read(first, two);
    }

    private static string MakeFilter(Random random)
    {
        var tokens = new List<string>();
        do tokens.Add(Tokens[random.Next(Tokens.Length)]);
        while (tokens[^1] != ">" && random.Next(3) > 0);
        return string.Join('.', tokens);
    }
}
