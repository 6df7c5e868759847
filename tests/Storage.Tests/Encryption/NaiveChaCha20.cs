using System.Buffers.Binary;
using System.Numerics;

namespace Storage.Tests;

/// <summary>XChaCha20 word by word, written from its description: the twin of the fast one.</summary>
internal static class NaiveChaCha20
{
    private static readonly uint[] Constants = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574];

    public static byte[] Keystream(byte[] key, byte[] nonce, uint firstBlock, int blocks)
    {
        uint[] subkey = HChaCha20(key, nonce.AsSpan(0, 16));
        byte[] stream = new byte[64 * blocks];
        for (int block = 0; block < blocks; block++)
        {
            uint[] start = [.. Constants, .. subkey, firstBlock + (uint)block, 0, .. Words(nonce.AsSpan(16))];
            uint[] state = Rounds(start);
            for (int i = 0; i < 16; i++) BinaryPrimitives.WriteUInt32LittleEndian(stream.AsSpan((64 * block) + (4 * i)), state[i] + start[i]);
        }

        return stream;
    }

    public static uint[] HChaCha20(byte[] key, ReadOnlySpan<byte> nonce)
    {
        uint[] state = Rounds([.. Constants, .. Words(key), .. Words(nonce)]);
        return [.. state[..4], .. state[12..]];
    }

    private static uint[] Words(ReadOnlySpan<byte> bytes)
    {
        uint[] words = new uint[bytes.Length / 4];
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
        return words;
    }

    private static uint[] Rounds(uint[] start)
    {
        uint[] state = [.. start];
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < 4; i++) Quarter(state, i, 4 + i, 8 + i, 12 + i);
            for (int i = 0; i < 4; i++) Quarter(state, i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3));
        }

        return state;
    }

    private static void Quarter(uint[] state, int a, int b, int c, int d)
    {
        foreach ((int first, int second) in new[] { (16, 12), (8, 7) })
        {
            state[a] += state[b];
            state[d] = BitOperations.RotateLeft(state[d] ^ state[a], first);
            state[c] += state[d];
            state[b] = BitOperations.RotateLeft(state[b] ^ state[c], second);
        }
    }
}
