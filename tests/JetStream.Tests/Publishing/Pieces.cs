using CsCheck;

namespace JetStream.Tests.Publishing;

/// <summary>Texts of random pieces: what a rule reads, cut and joined in every way.</summary>
internal static class Pieces
{
    public static Gen<string> Join(int min, int max, params string[] pieces) => Gen.Int[0, pieces.Length - 1].Array[min, max].Select(order => string.Concat(order.Select(at => pieces[at])));
}
