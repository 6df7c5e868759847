using System.Text;

namespace Load.Wire;

/// <summary>The exact bytes of the messages a case sends and expects.</summary>
internal static class Pattern
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>
    /// A payload in which no stretch repeats, so that a shifted or cut stream cannot look right; another one for each seed.
    /// </summary>
    internal static byte[] Payload(int length, int seed = 0)
    {
        byte[] payload = new byte[length];
        uint state = 2463534242 + (uint)seed * 7919;
        for (int i = 0; i < length; i++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            payload[i] = (byte)Letters[(int)(state % (uint)Letters.Length)];
        }
        return payload;
    }

    /// <summary>`PUB subject [reply] #bytes` with its payload.</summary>
    internal static byte[] Publish(string subject, int payloadBytes, string? reply = null, int seed = 0) =>
        Frame($"PUB {subject}{(reply is null ? "" : $" {reply}")} {payloadBytes}\r\n", payloadBytes, seed);

    /// <summary>`MSG subject sid [reply] #bytes` with its payload.</summary>
    internal static byte[] Deliver(string subject, string sid, int payloadBytes, string? reply = null, int seed = 0) =>
        Frame($"MSG {subject} {sid}{(reply is null ? "" : $" {reply}")} {payloadBytes}\r\n", payloadBytes, seed);

    /// <summary>
    /// Repeats <paramref name="frame"/> so that <paramref name="windowBytes"/> bytes can be taken from any offset inside the first one.
    /// </summary>
    internal static byte[] Repeat(byte[] frame, int windowBytes)
    {
        int count = (windowBytes + frame.Length - 1) / frame.Length + 1;
        byte[] repeated = new byte[count * frame.Length];
        for (int i = 0; i < count; i++) frame.CopyTo(repeated, i * frame.Length);
        return repeated;
    }

    private static byte[] Frame(string controlLine, int payloadBytes, int seed)
    {
        byte[] line = Encoding.ASCII.GetBytes(controlLine);
        return [.. line, .. Payload(payloadBytes, seed), (byte)'\r', (byte)'\n'];
    }
}
