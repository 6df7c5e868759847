using System.Text;
using CsCheck;

namespace Storage.Tests.Index;

/// <summary>Subjects as nobody would wish them: alike, nested, with empty tokens, wildcards as tokens, any bytes, many tokens.</summary>
internal static class SubjectGen
{
    private static readonly Gen<byte> AlikeByte = Gen.Int[0, 6].Select(i => "ab..1*>"u8[i]);

    private static readonly Gen<byte[]> Alike = AlikeByte.Array[0, 12];

    private static readonly Gen<byte[]> Any = Gen.Byte.Array[0, 40];

    private static readonly Gen<byte[]> Plain = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 99], Gen.Bool)
        .Select((kind, number, isCreated) => Encoding.UTF8.GetBytes($"orders.{"abc"[kind]}.{number}.{(isCreated ? "created" : "paid")}"));

    private static readonly Gen<byte[]> Long = Gen.Int[1, 400].Select(count => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("t.", count)) + "x"));

    public static readonly Gen<byte[]> Subject = Gen.Frequency((4, Alike), (1, Any), (4, Plain), (1, Long));

    public static readonly Gen<byte[][]> List = Subject.Array[1, 40];
}
