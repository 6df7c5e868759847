using System.Buffers.Text;
using BenchmarkDotNet.Attributes;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>Small writers of the message path, beside the framework's.</summary>
public class TextBenchmarks
{
    private readonly byte[] _buffer = new byte[32];
    private readonly Nuid _nuid = new();

    [Params(7UL, 128UL, 1_048_576UL)]
    public ulong Value { get; set; }

    [Benchmark]
    public int WriteUInt64() => ByteFormat.WriteUInt64(_buffer, Value);

    [Benchmark(Baseline = true)]
    public int Utf8Formatter()
    {
        System.Buffers.Text.Utf8Formatter.TryFormat(Value, _buffer, out int written);
        return written;
    }

    [Benchmark]
    public void WriteNuid() => _nuid.Write(_buffer);
}
