using System.Text;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public class NuidTests
{
    private const ulong LargestStart = 839_299_365_868_340_224 - 333 - 1;

    [Fact]
    public void Is_22_characters_of_base_62()
    {
        string nuid = new Nuid().Next();
        nuid.Length.ShouldBe(22);
        nuid.ShouldAllBe(c => char.IsAsciiLetterOrDigit(c));
    }

    [Fact]
    public void Written_and_returned_forms_come_from_one_sequence()
    {
        var nuid = new Nuid();
        Span<byte> written = stackalloc byte[Nuid.Length];
        string before = nuid.Next();
        nuid.Write(written);
        string text = Encoding.ASCII.GetString(written);
        text.ShouldStartWith(before[..12]);
        string.CompareOrdinal(text, before).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Short_destination_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new Nuid().Write(new byte[21]));

    [Fact]
    public void Threads_never_get_the_same()
    {
        var nuid = new Nuid();
        string[][] made = [.. Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4).Select(_ =>
            Enumerable.Range(0, 20_000).Select(_ => nuid.Next()).ToArray())];
        made.SelectMany(m => m).Distinct().Count().ShouldBe(80_000);
    }

    [Fact]
    public void Generators_differ() => new Nuid().Next()[..12].ShouldNotBe(new Nuid().Next()[..12]);

    [Fact]
    public void Given_random_source_makes_it_repeatable()
    {
        Nuid first = new(Filled(7)), second = new(Filled(7));
        first.Next().ShouldBe(second.Next());
        first.Next().ShouldBe(second.Next());
    }

    [Fact]
    public void End_of_the_sequence_draws_a_new_prefix()
    {
        // Starts so close to 62^10 that the second step leads over it.
        byte restarts = 0;
        var nuid = new Nuid(span =>
        {
            if (span.Length == sizeof(ulong))
                BitConverter.TryWriteBytes(span, LargestStart);
            else
                span[0] = restarts;
        });
        restarts = 1;
        string[] made = [nuid.Next(), nuid.Next(), nuid.Next(), nuid.Next()];
        made.ShouldAllBe(n => n.All(char.IsAsciiLetterOrDigit));
        made[0][..12].ShouldBe("000000000000");
        made[^1][..12].ShouldBe("111111111111");
    }

    [Fact]
    public void Any_start_leaves_room_for_a_step()
    {
        int prefixDigits = 0;
        var nuid = new Nuid(span =>
        {
            if (span.Length == sizeof(ulong))
                BitConverter.TryWriteBytes(span, LargestStart + 333);
            else
                prefixDigits++;
        });
        nuid.Next();
        prefixDigits.ShouldBe(12);
    }

    private static Action<Span<byte>> Filled(byte value) => span => span.Fill(value);
}
