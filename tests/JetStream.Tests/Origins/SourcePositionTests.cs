using System.Text;
using DotNats.JetStream.Origins;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Origins;

public sealed class SourcePositionTests
{
    [Fact]
    public void A_history_keeps_what_a_crash_may_go_back_to_and_no_more()
    {
        var history = new SourceHistory();
        history.Add(At(3), safe: 0);
        history.Add(At(5), safe: 0);
        history.Add(new SourcePosition(6, "new", 5), safe: 0);
        history.All.ShouldBe([At(3), new SourcePosition(6, "new", 5)]);
        history.Add(At(9), safe: 4);
        history.All.ShouldBe([At(3), new SourcePosition(6, "new", 5), At(9)]);
        history.Add(At(12), safe: 9);
        history.All.ShouldBe([At(9), At(12)]);
        history.Begin([At(1)]);
        history.All.ShouldBe([At(1)]);
    }

    [Fact]
    public void What_is_kept_is_read_again_and_what_the_log_has_lost_is_cut_off()
    {
        var kept = new SourcePositions(12, new Dictionary<string, SourcePosition[]> { ["A > >"] = [At(3), At(12)], ["B x.* y.*"] = [At(11)] });
        SourcePositions read = SourcePositions.Read(kept.Write());
        read.IsSameAs(kept).ShouldBeTrue();
        read.CutAt(12).ShouldBeSameAs(read);
        SourcePositions cut = read.CutAt(10);
        cut.Last.ShouldBe(0UL);
        cut.Sources.Keys.ShouldBe(["A > >"]);
        cut.Sources["A > >"].ShouldBe([At(3)]);
        read.IsSameAs(cut).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"last":1}""")]
    [InlineData("""{"last":-1,"sources":{}}""")]
    [InlineData("""{"last":1,"sources":{"A":{"seq":1,"id":""}}}""")]
    [InlineData("""{"last":1,"sources":{"A":[{"seq":1,"id":7,"at":1}]}}""")]
    public void What_cannot_be_read_says_nothing(string text) => SourcePositions.Read(Encoding.UTF8.GetBytes(text)).ShouldBeSameAs(SourcePositions.None);

    private static SourcePosition At(ulong sequence) => new(100 + sequence, "id", sequence);
}
