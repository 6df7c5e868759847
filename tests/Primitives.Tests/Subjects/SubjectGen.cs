using System.Text;
using CsCheck;
using DotNats.Primitives;

namespace Primitives.Tests;

/// <summary>Random subjects and filters from few tokens, so that they meet often.</summary>
internal static class SubjectGen
{
    // Tokens of every length class the hash and the comparison treat apart, and some that only look like wildcards.
    private static readonly Gen<string> LiteralToken = Gen.OneOf(new[]
    {
        "a", "b", "ab", "abc", "*a", "a>", "longer-token", "a-token-of-more-than-sixteen-bytes", "a-token-of-more-than-sixteen-bytez",
    }.Select(Gen.Const).ToArray());

    private static readonly Gen<string> FilterToken = Gen.Frequency((4, LiteralToken), (2, Gen.Const("*")));

    public static readonly Gen<string> Filter =
        Gen.Select(FilterToken.Array[1, 5], Gen.Int[0, 3], (tokens, full) =>
            full > 0 ? string.Join('.', tokens) : string.Join('.', tokens[..^1].Append(">")));

    public static readonly Gen<string> Subject =
        Gen.Frequency((8, LiteralToken), (1, Gen.Const("*")), (1, Gen.Const(">")), (1, Gen.Const("q"))).Array[1, 6].Select(tokens => string.Join('.', tokens));

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}

internal sealed class Entry(string subject) : ISubjectEntry
{
    public byte[] Subject { get; } = Encoding.UTF8.GetBytes(subject);

    public override string ToString() => Encoding.UTF8.GetString(Subject);
}

internal readonly struct ListSink(List<Entry> found) : IMatchSink<Entry>
{
    public void OnMatch(Entry entry) => found.Add(entry);
}
