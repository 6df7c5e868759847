using System.Text;

namespace Fuzz.Harness;

/// <summary>Damages byte strings the way networks, bugs and attackers do.</summary>
internal static class Mutations
{
    private static readonly byte[][] Telling =
    [
        .. new[] { "\r\n", "\n", "\r", " ", "\t", "\0", "\u00ff", "0", "-1", "999999999", "1234567890", ".", ">", "*", "{", "}", "\"", "'", "\\", "PUB ", "MSG ", "$SYS.", "_R_." }.Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>A copy with up to <paramref name="most"/> damages; often none.</summary>
    public static byte[] Damage(Random random, byte[] bytes, int most)
    {
        var damaged = new List<byte>(bytes);
        for (int left = random.Next(most + 1); left > 0 && damaged.Count > 0; left--) DamageOnce(random, damaged);
        return [.. damaged];
    }

    private static void DamageOnce(Random random, List<byte> bytes)
    {
        int at = random.Next(bytes.Count);
        int length = Math.Min(random.Next(1, 20), bytes.Count - at);
        switch (random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Telling[random.Next(Telling.Length)]);
                break;
            case 5:
                int other = random.Next(bytes.Count);
                (bytes[at], bytes[other]) = (bytes[other], bytes[at]);
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }

    /// <summary>The same bytes in pieces of random size.</summary>
    public static IEnumerable<byte[]> Cut(Random random, byte[] bytes)
    {
        int most = 1 << random.Next(1, 12);
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(random.Next(1, most + 1), bytes.Length - at);
            yield return bytes[at..(at + length)];
            at += length;
        }
    }
}
