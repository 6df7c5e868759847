using CsCheck;

namespace Storage.Tests.Index;

/// <summary>Subjects as nobody would wish them: alike, nested, with empty tokens, wildcards as tokens, any bytes, many tokens.</summary>
internal static class SubjectGen
{
    private static readonly Gen<byte> AlikeByte = Gen.Int[0, 6].Select(i => "ab..1*>"u8[i]);

    private static readonly Gen<byte[]> Alike = AlikeByte.Array[0, 12];

    private static readonly Gen<byte[]> Any = Gen.Byte.Array[0, 40];

    private static readonly Gen<byte[]> Plain = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 99], Gen.Bool)
        .Select((kind, number, isCreated) => System.Text.Encoding.UTF8.GetBytes($"orders.{"abc"[kind]}.{number}.{(isCreated ? "created" : "paid")}"));

    private static readonly Gen<byte[]> Long = Gen.Int[1, 400].Select(count => System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("t.", count)) + "x"));

    public static readonly Gen<byte[]> Subject = Gen.Frequency((4, Alike), (1, Any), (4, Plain), (1, Long));

    public static readonly Gen<byte[][]> List = Subject.Array[1, 40];

    /// <summary>Valid filters that are near the subjects.</summary>
    public static IEnumerable<byte[]> Filters(byte[][] subjects, Random random)
    {
        yield return [];
        yield return ">"u8.ToArray();
        for (int i = 0; i < 12; i++)
        {
            var tokens = new List<string>(System.Text.Encoding.Latin1.GetString(subjects[random.Next(subjects.Length)]).Split('.'));
            for (int changes = random.Next(3); changes > 0; changes--) tokens[random.Next(tokens.Count)] = random.Next(4) == 0 ? "b" : "*";
            if (random.Next(3) == 0) tokens[^1] = ">";
            byte[] filter = System.Text.Encoding.Latin1.GetBytes(string.Join('.', tokens));
            if (DotNats.Primitives.Subjects.IsWellFormedFilter(filter)) yield return filter;
        }
    }
}
