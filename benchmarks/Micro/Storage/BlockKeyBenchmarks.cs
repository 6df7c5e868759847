using BenchmarkDotNet.Attributes;
using DotNats.Storage;

namespace DotNats.Benchmarks;

/// <summary>What one write of a block and one whole block cost to encrypt.</summary>
[MemoryDiagnoser]
public class BlockKeyBenchmarks
{
    private readonly byte[] _data = new byte[1 << 20];
    private BlockKey? _key;

    [Params(StoreCipherKind.ChaCha, StoreCipherKind.Aes)]
    public StoreCipherKind Kind { get; set; }

    [Params(200, 1 << 16)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Open() => _key = new StreamKeys(new StoreCipher(Kind, "key"u8, [], "A"), "S").CreateBlockKey(1, out _);

    [Benchmark]
    public void Apply() => _key!.Apply(_data.AsSpan(0, Length), 100);
}
