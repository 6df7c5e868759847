using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public class TokenHashTests
{
    // Tokens as they come: numbers short and long, letters, long names that differ in one place only.
    public static TheoryData<string, Func<int, string>> Families => new()
    {
        { "numbers", i => $"{i}" },
        { "padded numbers", i => $"{i:D6}" },
        { "prefixed numbers", i => $"device-{i}" },
        { "numbers in front", i => $"{i}-temperature" },
        { "long names", i => $"a-rather-long-token-{i:D8}-with-the-same-end" },
        { "letters", i => $"{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i / 676 % 26))}{(char)('a' + (i / 17576))}" },
    };

    [Theory]
    [MemberData(nameof(Families), DisableDiscoveryEnumeration = true)]
    public void Similar_tokens_spread_like_random_ones(string family, Func<int, string> token)
    {
        const int Count = 50_000;
        foreach (ulong seed in (ulong[])[0, 1, 2, 3, ulong.MaxValue, 0x123456789ABCDEF])
        {
            var hash = new TokenHash(seed);
            uint[] hashes = [.. Enumerable.Range(0, Count).Select(i => hash.Compute(SubjectGen.Utf8(token(i))))];
            // Of 50,000 random hashes 0.3 pairs are equal, and of the places a table of that size has, 63.2 % are taken.
            (Count - hashes.Distinct().Count()).ShouldBeLessThan(5, family);
            double taken = hashes.Select(h => (int)(((ulong)h * Count) >> 32)).Distinct().Count() / (double)Count;
            taken.ShouldBeInRange(0.60, 0.72, $"{family}, seed {seed}");
        }
    }

    [Fact]
    public void Every_byte_and_the_length_count()
    {
        var hash = new TokenHash(5);
        for (int length = 1; length <= 50; length++)
        {
            byte[] token = new byte[length];
            uint before = hash.Compute(token);
            hash.Compute(new byte[length + 1]).ShouldNotBe(before);
            for (int i = 0; i < length; i++)
            {
                token[i] ^= 0x80;
                hash.Compute(token).ShouldNotBe(before, $"byte {i} of {length}");
                token[i] ^= 0x80;
            }
        }
    }

    [Fact]
    public void Seeds_give_different_hashes() =>
        new TokenHash(1).Compute("orders"u8).ShouldNotBe(new TokenHash(2).Compute("orders"u8));
}
