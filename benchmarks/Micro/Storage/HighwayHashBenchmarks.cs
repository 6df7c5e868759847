using BenchmarkDotNet.Attributes;
using DotNats.Storage;

namespace DotNats.Benchmarks;

/// <summary>The checksum of a record in its four pieces, and of what is large.</summary>
public class HighwayHashBenchmarks
{
    private readonly byte[] _bytes = new byte[1 << 20];
    private readonly HighwayHash64 _keyed = new(new byte[HighwayHash64.KeyBytes]);

    [Params(128, 1 << 20)]
    public int Length { get; set; }

    [Benchmark]
    public ulong Whole()
    {
        HighwayHash64 hash = _keyed;
        hash.Append(_bytes.AsSpan(0, Length));
        return hash.Finish();
    }

    [Benchmark]
    public ulong Record()
    {
        HighwayHash64 hash = _keyed;
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(0, Length);
        hash.Append(bytes[..16]);
        hash.Append(bytes[16..40]);
        hash.Append(bytes[40..]);
        return hash.Finish();
    }
}
