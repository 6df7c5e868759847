using System.Globalization;
using System.Text;
using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public class ByteFormatTests
{
    [Fact]
    public void Writes_what_the_framework_writes() =>
        Gen.Int[0, 63].SelectMany(shift => Gen.ULong.Select(value => value >> shift)).Sample(value => Write(value).ShouldBe(Expected(value)));

    [Fact]
    public void Writes_around_every_power_of_ten()
    {
        ulong power = 1;
        for (int i = 0; i < 20; i++)
        {
            foreach (ulong value in (ulong[])[power - 1, power, power + 1])
                Write(value).ShouldBe(Expected(value));
            power = unchecked(power * 10);
        }
        Write(ulong.MaxValue).ShouldBe("18446744073709551615");
    }

    [Fact]
    public void Destination_may_fit_exactly()
    {
        byte[] exact = new byte[4];
        ByteFormat.WriteUInt64(exact, 9999).ShouldBe(4);
        exact.ShouldBe("9999"u8.ToArray());
        Should.Throw<Exception>(() => ByteFormat.WriteUInt64(new byte[3], 1000));
    }

    private static string Expected(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Write(ulong value)
    {
        Span<byte> buffer = stackalloc byte[ByteFormat.MaxUInt64Digits];
        return Encoding.ASCII.GetString(buffer[..ByteFormat.WriteUInt64(buffer, value)]);
    }
}
