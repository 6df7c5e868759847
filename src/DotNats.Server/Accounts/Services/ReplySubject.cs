using DotNats.Primitives;
using DotNats.Server.SystemAccount;

namespace DotNats.Server.Accounts;

/// <summary>
/// The server's own reply subjects, as nats-server writes them: <c>_R_.</c>, six digits of base 62 for the account, a dot, six for the request;
/// behind a measured one <c>.</c>, eight digits for the server, <c>.T</c>.
/// </summary>
internal static class ReplySubject
{
    /// <summary>Numbers of requests are below this: six digits.</summary>
    public const ulong TicketEnd = 56_800_235_584;

    /// <summary>Bytes of an account's part, with the dot behind.</summary>
    public const int PrefixLength = 11;

    public const int Length = PrefixLength + Digits;

    public const int LongestLength = Length + SuffixLength;

    private const int Digits = 6;
    private const int SuffixLength = 11;
    private const int Base = 62;

    public static ReadOnlySpan<byte> Start => "_R_."u8;

    private static ReadOnlySpan<byte> Alphabet => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>An account's part, random.</summary>
    public static byte[] NewPrefix()
    {
        Span<byte> random = stackalloc byte[8];
        SystemRandom.Fill(random);
        byte[] prefix = new byte[PrefixLength];
        Start.CopyTo(prefix);
        WriteDigits(BitConverter.ToUInt64(random) % TicketEnd, prefix.AsSpan(Start.Length));
        prefix[^1] = (byte)'.';
        return prefix;
    }

    /// <summary>Eight digits for a server: its name hashed, as nats-server does.</summary>
    public static byte[] ServerSuffix(string serverName)
    {
        byte[] suffix = new byte[SuffixLength];
        System.Text.Encoding.ASCII.GetBytes($".{ServerHash.Of(serverName)}.T", suffix);
        return suffix;
    }

    /// <summary>Writes a subject; <paramref name="suffix"/> is empty unless the request is measured.</summary>
    public static int Write(ReadOnlySpan<byte> prefix, ulong ticket, ReadOnlySpan<byte> suffix, Span<byte> destination)
    {
        prefix.CopyTo(destination);
        WriteDigits(ticket, destination[PrefixLength..]);
        suffix.CopyTo(destination[Length..]);
        return Length + suffix.Length;
    }

    /// <summary>The request a subject under the account's part answers; false for anything that was never given out.</summary>
    public static bool TryParse(ReadOnlySpan<byte> subject, out ulong ticket, out ReadOnlySpan<byte> suffix)
    {
        ticket = 0;
        suffix = default;
        if (subject.Length < Length) return false;
        for (int i = Length - 1; i >= PrefixLength; i--)
        {
            int digit = Alphabet.IndexOf(subject[i]);
            if (digit < 0) return false;
            ticket = ticket * Base + (ulong)digit;
        }

        suffix = subject[Length..];
        return true;
    }

    private static void WriteDigits(ulong value, Span<byte> destination)
    {
        for (int i = 0; i < Digits; i++)
        {
            destination[i] = Alphabet[(int)(value % Base)];
            value /= Base;
        }
    }
}
