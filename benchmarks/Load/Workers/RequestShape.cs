using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>
/// The fixed-width wire form of a request and its reply; only the reply token changes from request to request, as with real clients.
/// </summary>
internal static class RequestShape
{
    internal const int PayloadBytes = 128;
    internal const int TokenDigits = 10;
    internal const string ServiceSubject = "load.service";
    internal const string ServiceQueue = "workers";

    private static readonly string ZeroToken = new('0', TokenDigits);

    internal static string Inbox(int client) => $"_INBOX.load{client:D4}";

    internal static byte[] Request(int client) => Pattern.Publish(ServiceSubject, PayloadBytes, $"{Inbox(client)}.{ZeroToken}");

    internal static byte[] DeliveredRequest() => Pattern.Deliver(ServiceSubject, "1", PayloadBytes, $"{Inbox(0)}.{ZeroToken}");

    internal static byte[] Reply() => Pattern.Publish($"{Inbox(0)}.{ZeroToken}", PayloadBytes);

    internal static byte[] DeliveredReply(int client) => Pattern.Deliver($"{Inbox(client)}.{ZeroToken}", "1", PayloadBytes);

    /// <summary>Where the reply token starts in a frame made above.</summary>
    internal static int TokenOffset(byte[] frame) => frame.AsSpan().IndexOf(Encoding.ASCII.GetBytes($".{ZeroToken}")) + 1;

    /// <summary>Where the whole reply subject starts.</summary>
    internal static int InboxOffset(byte[] frame) => frame.AsSpan().IndexOf("_INBOX."u8);

    internal static int InboxLength => Inbox(0).Length + 1 + TokenDigits;

    internal static void WriteToken(Span<byte> digits, long number)
    {
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + number % 10);
            number /= 10;
        }
    }
}
