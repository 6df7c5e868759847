using System.Security.Cryptography;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Hashing;

public class Sha256Tests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(64, 64)]
    [InlineData(1000, 7)]
    public void Any_split_hashes_as_the_runtime_does(int length, int piece)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        Sha256 hash = new();
        for (int i = 0; i < length; i += piece) hash.AppendData(data.AsSpan(i, Math.Min(piece, length - i)));
        hash.GetHashAndReset().ShouldBe(SHA256.HashData(data));
        hash.GetHashAndReset().ShouldBe(SHA256.HashData([]));
    }
}
