using System.Text;
using BenchmarkDotNet.Attributes;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>One megabyte of small JSON records, as a stream's block holds them, and of noise.</summary>
public class S2Benchmarks
{
    private readonly byte[] _content = new byte[1 << 20];
    private readonly byte[] _encoded = new byte[S2Block.MaxEncodedLength(1 << 20)];
    private int _length;

    [Params("records", "noise")]
    public string Content { get; set; } = "records";

    [GlobalSetup]
    public void Fill()
    {
        new Random(1).NextBytes(_content);
        if (Content == "records")
        {
            string text = string.Concat(Enumerable.Range(0, 16_000).Select(i => $"{{\"order\":{i},\"customer\":\"customer-{i * 7919 % 1000}\",\"count\":{i % 9}}}\r\n"));
            Encoding.ASCII.GetBytes(text).AsSpan(0, Math.Min(text.Length, _content.Length)).CopyTo(_content);
        }

        _length = S2Block.Encode(_content, _encoded);
    }

    [Benchmark]
    public int Encode() => S2Block.Encode(_content, _encoded);

    [Benchmark]
    public bool Decode() => S2Block.TryDecode(_encoded.AsSpan(0, _length), _content);

    [Benchmark]
    public uint Checksum() => SnappyFrames.Checksum(_content);
}
