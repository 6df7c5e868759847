using System.Text;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public class SubjectsTests
{
    // What nats-server 2.15.1 answered: SUB of the subject, and PUB to it by a pedantic client.
    [Theory]
    [InlineData("foo", true, true)]
    [InlineData("foo..bar", false, false)]
    [InlineData(".foo", false, false)]
    [InlineData("foo.", false, false)]
    [InlineData(".", false, false)]
    [InlineData("..", false, false)]
    [InlineData("", false, false)]
    [InlineData("foo.*bar", true, true)]
    [InlineData("foo*", true, true)]
    [InlineData("*", true, false)]
    [InlineData(">", true, false)]
    [InlineData("foo.>.bar", false, false)]
    [InlineData("foo.>", true, false)]
    [InlineData(">.foo", false, false)]
    [InlineData("foo>", true, true)]
    [InlineData("foo.*.bar", true, false)]
    [InlineData("foo.b>", true, true)]
    [InlineData("f\u00fc.b\u00e4r", true, true)]
    [InlineData("_INBOX.", false, false)]
    [InlineData("$SYS.x", true, true)]
    [InlineData("foo.\u0001bar", true, true)]
    [InlineData("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", true, true)]
    [InlineData(">x.>", true, false)]
    [InlineData("x>.y.>.z", false, false)]
    [InlineData("**", true, true)]
    [InlineData(">>", true, true)]
    public void Validity_is_that_of_nats_server(string subject, bool isFilter, bool isLiteral)
    {
        Subjects.IsValidFilter(Utf8(subject)).ShouldBe(isFilter);
        Subjects.IsWellFormedFilter(Utf8(subject)).ShouldBe(isFilter);
        Subjects.IsValidLiteral(Utf8(subject)).ShouldBe(isLiteral);
    }

    [Theory]
    [InlineData(' ')]
    [InlineData('\t')]
    [InlineData('\r')]
    [InlineData('\n')]
    [InlineData('\f')]
    public void Filter_holds_no_whitespace(char space)
    {
        Subjects.IsValidFilter(Utf8($"foo.b{space}r")).ShouldBeFalse();
        Subjects.IsValidFilter(Utf8($"foo.{space}")).ShouldBeFalse();
        Subjects.IsValidFilter(Utf8($"{space}foo")).ShouldBeFalse();
    }

    [Fact]
    public void Commands_leave_whitespace_to_the_command_line()
    {
        // nats-server 2.15.1 accepts SUB and pedantic PUB of a subject with a form feed.
        Subjects.IsWellFormedFilter("foo.\fbar"u8).ShouldBeTrue();
        Subjects.IsValidLiteral("foo.\fbar"u8).ShouldBeTrue();
        Subjects.IsValidFilter("foo.\vbar"u8).ShouldBeTrue();
    }

    [Theory]
    [InlineData("foo", false)]
    [InlineData("foo.*", true)]
    [InlineData("*", true)]
    [InlineData("foo.*.bar", true)]
    [InlineData("foo.>", true)]
    [InlineData("foo.>.bar", true)]
    [InlineData("foo*.>bar.*>", false)]
    [InlineData("foo*.*", true)]
    [InlineData("", false)]
    public void Wildcards_are_whole_tokens(string subject, bool hasWildcards)
    {
        Subjects.HasWildcards(Utf8(subject)).ShouldBe(hasWildcards);
        Subjects.IsLiteral(Utf8(subject)).ShouldBe(!hasWildcards);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 1)]
    [InlineData("a.b.c", 3)]
    [InlineData("a..", 3)]
    public void Tokens_are_counted_with_the_empty_ones(string subject, int count) =>
        Subjects.CountTokens(Utf8(subject)).ShouldBe(count);

    [Theory]
    [InlineData("foo", "foo", true)]
    [InlineData("foo", "bar", false)]
    [InlineData("foo", "fo", false)]
    [InlineData("fo", "foo", false)]
    [InlineData("foo.bar", "foo", false)]
    [InlineData("foo", "foo.bar", false)]
    [InlineData("foo.bar", "foo.*", true)]
    [InlineData("foo.bar.baz", "foo.*", false)]
    [InlineData("foo", "foo.*", false)]
    [InlineData("foo", "*", true)]
    [InlineData("foo.bar", "*", false)]
    [InlineData("foo.bar", "*.*", true)]
    [InlineData("foo.bar.baz", "foo.*.baz", true)]
    [InlineData("foo.bar.bax", "foo.*.baz", false)]
    [InlineData("foo", ">", true)]
    [InlineData("foo.bar", ">", true)]
    [InlineData("foo", "foo.>", false)]
    [InlineData("foo.bar.baz", "foo.>", true)]
    [InlineData("foo.bar.baz", "*.>", true)]
    [InlineData("foo.bar", "foo.*.>", false)]
    [InlineData("foo*", "foo*", true)]
    [InlineData("foobar", "foo*", false)]
    [InlineData("foo.xbar", "foo.*bar", false)]
    [InlineData("foo.bar", "foo.>x", false)]
    public void Subject_matches_filter(string subject, string filter, bool matches) =>
        Subjects.Matches(Utf8(subject), Utf8(filter)).ShouldBe(matches);

    [Theory]
    [InlineData("foo.*", "foo.*", true)]
    [InlineData("foo.*", "foo.>", true)]
    [InlineData("foo.*", "foo.bar", false)]
    [InlineData("foo.*x", "foo.*", true)]
    [InlineData("foo.>", "foo.*", true)]
    [InlineData("foo.>", "foo.bar", false)]
    [InlineData(">", "foo", false)]
    public void Published_wildcards_are_literal_tokens(string subject, string filter, bool matches) =>
        Subjects.Matches(Utf8(subject), Utf8(filter)).ShouldBe(matches);

    [Theory]
    [InlineData("", ">")]
    [InlineData("foo.", ">")]
    [InlineData(".foo", ">")]
    [InlineData("foo..bar", "foo.>")]
    [InlineData("foo..bar", "foo.*.bar")]
    [InlineData("foo.bar", "")]
    [InlineData("foo..bar", "foo..bar")]
    public void Empty_tokens_match_nothing(string subject, string filter) =>
        Subjects.Matches(Utf8(subject), Utf8(filter)).ShouldBeFalse();

    [Theory]
    [InlineData("foo", "foo", true)]
    [InlineData("foo", ">", true)]
    [InlineData("foo.*", ">", true)]
    [InlineData("foo.*", "*.*", true)]
    [InlineData("foo.*", "foo.*", true)]
    [InlineData("foo.*", "foo.bar", false)]
    [InlineData("foo.>", "foo.>", true)]
    [InlineData("foo.>", "foo.*", false)]
    [InlineData("foo.>", "*.>", true)]
    [InlineData("*.>", "foo.>", false)]
    [InlineData("foo.*.>", "foo.>", true)]
    [InlineData("foo.>", "foo.*.>", false)]
    [InlineData(">", ">", true)]
    [InlineData(">", "*", false)]
    [InlineData("foo", "foo.>", false)]
    [InlineData("foo.bar", "foo", false)]
    [InlineData("foo.abc", "foo.*x", false)]
    public void Subset_means_every_subject_of_the_one_is_in_the_other(string filter, string container, bool isSubset) =>
        Subjects.IsSubsetMatch(Utf8(filter), Utf8(container)).ShouldBe(isSubset);

    [Theory]
    [InlineData("foo", "foo", true)]
    [InlineData("foo", "bar", false)]
    [InlineData("foo.*", "*.bar", true)]
    [InlineData("foo.*", "bar.*", false)]
    [InlineData("foo.>", "foo", false)]
    [InlineData("foo.>", "*.bar.*", true)]
    [InlineData("foo.>", "*.>", true)]
    [InlineData(">", "a.b.c", true)]
    [InlineData("*", "a.b", false)]
    [InlineData("a.*.c", "a.b.*", true)]
    [InlineData("a.*.c", "a.b.d", false)]
    [InlineData("a.*x", "a.yx", false)]
    public void Filters_overlap_when_one_subject_matches_both(string filter, string other, bool overlaps)
    {
        Subjects.Overlaps(Utf8(filter), Utf8(other)).ShouldBe(overlaps);
        Subjects.Overlaps(Utf8(other), Utf8(filter)).ShouldBe(overlaps);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
