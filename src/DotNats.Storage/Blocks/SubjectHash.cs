using System.Buffers.Binary;
using System.Numerics;

namespace DotNats.Storage;

/// <summary>A quick hash of subjects, so that messages of one subject are found in a block without comparing bytes. Decides nothing.</summary>
internal static class SubjectHash
{
    // An odd constant with about half its bits set (fraction of the golden ratio).
    private const ulong Golden = 0x9E3779B97F4A7C15;

    public static uint Of(ReadOnlySpan<byte> subject)
    {
        ulong sum = (ulong)subject.Length * Golden;
        while (subject.Length >= 8)
        {
            sum = BitOperations.RotateLeft((sum ^ BinaryPrimitives.ReadUInt64LittleEndian(subject)) * Golden, 29);
            subject = subject[8..];
        }

        ulong rest = 0;
        foreach (byte value in subject) rest = rest << 8 | value;
        sum = (sum ^ rest) * Golden;
        return (uint)((sum ^ (sum >> 29)) * Golden >> 32);
    }
}
