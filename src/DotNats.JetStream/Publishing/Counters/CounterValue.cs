using System.Numerics;
using System.Text;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Publishing.Counters;

/// <summary>The body of a counter's messages (ADR-49): <c>{"val":"123"}</c>, a number without bounds.</summary>
internal static class CounterValue
{
    private const string TypeName = "server.CounterValue";

    private static readonly GoJsonField[] Fields = [new("val", GoJsonKind.Text)];

    /// <summary>Reads a body; false where it is none. A body without a value counts 0.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out BigInteger value)
    {
        value = BigInteger.Zero;
        GoJsonObject json = GoJsonObject.Read(body, TypeName, Fields, out string? error);
        if (error is not null) return false;
        value = ReadLoosely(json.Text("val"));
        return true;
    }

    /// <summary>Reads an increment; false for anything but digits behind at most one sign.</summary>
    public static bool TryReadIncrement(ReadOnlySpan<byte> text, out BigInteger value)
    {
        value = BigInteger.Zero;
        ReadOnlySpan<byte> digits = text is [(byte)'-' or (byte)'+', ..] ? text[1..] : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        value = Parse(Encoding.ASCII.GetString(digits), text[0] == '-');
        return true;
    }

    // Compat: of a value that is no number nats-server takes what stands before the first character that is no digit.
    public static BigInteger ReadLoosely(string text)
    {
        int start = text is ['-' or '+', ..] ? 1 : 0;
        int end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return end == start ? BigInteger.Zero : Parse(text[start..end], text[0] == '-');
    }

    private static BigInteger Parse(string digits, bool negative)
    {
        BigInteger value = BigInteger.Parse(digits);
        return negative ? -value : value;
    }
}
