using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests.Randomness;

public class SystemRandomTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(100_000)]
    public void Every_byte_is_filled_and_nothing_beside(int length)
    {
        byte[] buffer = new byte[length + 2];
        // A byte that happens to be zero every time is not random.
        bool[] touched = new bool[length];
        for (int round = 0; round < 8; round++)
        {
            SystemRandom.Fill(buffer.AsSpan(1, length));
            for (int i = 0; i < length; i++) touched[i] |= buffer[i + 1] != 0;
        }
        touched.ShouldAllBe(byteWasSet => byteWasSet);
        (buffer[0], buffer[^1]).ShouldBe(((byte)0, (byte)0));
    }

    [Fact]
    public void Two_fillings_differ()
    {
        byte[] first = new byte[32], second = new byte[32];
        SystemRandom.Fill(first);
        SystemRandom.Fill(second);
        first.ShouldNotBe(second);
    }
}
