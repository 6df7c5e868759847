using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace DotNats.Storage;

/// <summary>AES-256 in counter mode, from any place on.</summary>
// Owner: its BlockKey. Immutable but for the platform's key handle, which any thread may use; it lives as long as this.
internal sealed class AesCounter
{
    private const int BlockBytes = 16;

    // As much keystream at once as pays for the call.
    private const int BatchBytes = 4096;

    private readonly Aes _aes = Aes.Create();
    private readonly UInt128 _start;

    public AesCounter(byte[] key, ReadOnlySpan<byte> nonce)
    {
        _aes.Key = key;
        _start = BinaryPrimitives.ReadUInt128BigEndian(nonce);
    }

    public void Apply(Span<byte> data, long position)
    {
        Span<byte> stream = stackalloc byte[BatchBytes];
        UInt128 counter = _start + (UInt128)(position / BlockBytes);
        int skip = (int)(position % BlockBytes);
        while (!data.IsEmpty)
        {
            Span<byte> blocks = stream[..Math.Min(BatchBytes, (skip + data.Length + BlockBytes - 1) & -BlockBytes)];
            for (int at = 0; at < blocks.Length; at += BlockBytes) BinaryPrimitives.WriteUInt128BigEndian(blocks[at..], counter++);
            _aes.EncryptEcb(blocks, blocks, PaddingMode.None);
            int taken = Math.Min(data.Length, blocks.Length - skip);
            Xor(data[..taken], blocks[skip..]);
            data = data[taken..];
            skip = 0;
        }
    }

    private static void Xor(Span<byte> data, ReadOnlySpan<byte> stream)
    {
        int at = 0;
        for (; data.Length - at >= Vector<byte>.Count; at += Vector<byte>.Count)
        {
            (new Vector<byte>(data[at..]) ^ new Vector<byte>(stream[at..])).CopyTo(data[at..]);
        }

        for (; at < data.Length; at++) data[at] ^= stream[at];
    }
}
