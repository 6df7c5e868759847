using System.Text;

namespace Fuzz.Storage;

/// <summary>Subjects as nobody would wish them: alike, nested, with empty tokens, wildcards as tokens, any bytes, many tokens.</summary>
internal static class HostileSubjects
{
    public static byte[][] Some(Random random)
    {
        byte[][] subjects = new byte[random.Next(1, 1 << random.Next(1, 10))][];
        for (int i = 0; i < subjects.Length; i++) subjects[i] = One(random);
        return subjects;
    }

    private static byte[] One(Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                byte[] any = new byte[random.Next(60)];
                random.NextBytes(any);
                return any;
            case 1:
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("t.", random.Next(1, 1000))) + random.Next(3));
            case 2:
                return Encoding.UTF8.GetBytes(new string((char)('a' + random.Next(2)), random.Next(1, 5000)));
            case <= 5:
                byte[] alike = new byte[random.Next(16)];
                for (int i = 0; i < alike.Length; i++) alike[i] = "ab..1*>"u8[random.Next(7)];
                return alike;
            default:
                return Encoding.UTF8.GetBytes($"orders.{"abc"[random.Next(3)]}.{random.Next(1000)}.created");
        }
    }
}
