using BenchmarkDotNet.Attributes;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>Renting and returning without anybody else, beside the framework's shared pool.</summary>
public class ChunkPoolBenchmarks
{
    private readonly ChunkPool _pool = new();

    [Benchmark]
    public void RentAndReturn() => _pool.Return(_pool.Rent(4096));

    [Benchmark(Baseline = true)]
    public void SharedArrayPool() => System.Buffers.ArrayPool<byte>.Shared.Return(System.Buffers.ArrayPool<byte>.Shared.Rent(4096));
}
