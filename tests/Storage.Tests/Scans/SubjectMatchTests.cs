using System.Text;
using CsCheck;
using DotNats.Primitives;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Index;
using Xunit;

namespace Storage.Tests.Scans;

public sealed class SubjectMatchTests
{
    private static readonly Gen<string> Token = Gen.Int[0, 7].Select(i => (string)((string[])["a", "b", "ab", "*", ">", "a*", "", "*a"])[i]);
    private static readonly Gen<string> Name = Gen.Select(Token.Array[1, 5], tokens => string.Join('.', tokens));

    [Fact]
    public void A_filter_matches_what_its_tokens_say() => Gen.Select(Name, Name).Sample((subject, filter) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        byte[] wanted = Encoding.UTF8.GetBytes(filter);
        if (wanted.Length == 0 || !Subjects.IsWellFormedFilter(wanted)) return;
        bool expected = Subjects.HasWildcards(wanted) ? Subjects.Matches(bytes, wanted) : subject == filter;
        SubjectMatch.Of(wanted).Matches(bytes).ShouldBe(expected, $"{filter} and {subject}");
        SubjectMatch.Of(new SubjectFilters(filter)).Matches(bytes).ShouldBe(expected, $"{filter} and {subject}");
    }, iter: 20_000);
}
