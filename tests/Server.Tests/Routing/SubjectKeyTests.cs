using DotNats.Server.Routing;
using Shouldly;
using Xunit;

namespace Server.Tests.Routing;

public sealed class SubjectKeyTests
{
    [Fact]
    public void Subjects_are_equal_when_every_byte_is()
    {
        var random = new Random(9);
        for (int length = 0; length <= 40; length++)
        {
            byte[] one = new byte[length + 1];
            random.NextBytes(one);
            byte[] other = [.. one];
            SubjectKey.AreEqual(one.AsSpan(0, length), other.AsSpan(0, length)).ShouldBeTrue();
            SubjectKey.AreEqual(one.AsSpan(0, length), other).ShouldBeFalse();
            for (int at = 0; at < length; at++)
            {
                other[at] ^= 1;
                SubjectKey.AreEqual(one.AsSpan(0, length), other.AsSpan(0, length)).ShouldBeFalse($"byte {at} of {length}");
                other[at] ^= 1;
            }
        }
    }

    [Fact]
    public void Each_byte_counts_in_the_hash()
    {
        for (int length = 1; length <= 40; length++)
        {
            byte[] subject = new byte[length];
            uint before = SubjectKey.Hash(subject);
            for (int at = 0; at < length; at++)
            {
                subject[at] = 1;
                SubjectKey.Hash(subject).ShouldNotBe(before, $"byte {at} of {length}");
                subject[at] = 0;
            }
        }
    }
}
