using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class ConsumerChangeFormatTests
{
    [Theory]
    [InlineData(0, "", 0)]
    [InlineData(256, "", 256)]
    [InlineData(257, "", 256)]
    [InlineData(254, "ä", 256)]
    [InlineData(255, "ä", 255)]
    public void What_a_client_said_is_cut_between_characters(int length, string end, int bytes)
    {
        string said = new string('a', length) + end;
        string kept = ConsumerChangeFormat.Cut(said);
        (said.StartsWith(kept, StringComparison.Ordinal), System.Text.Encoding.UTF8.GetByteCount(kept)).ShouldBe((true, bytes));
        var reader = new VarintReader(ConsumerChangeFormat.WriteOwed(new ConsumerChange(ConsumerChangeKind.Owed, 1, Letter: new OwedLetter(LetterReason.Terminated, said))));
        ConsumerChangeFormat.TryRead(ref reader, out ConsumerChange read).ShouldBeTrue();
        read.Letter!.Description.ShouldBe(kept);
    }
}
