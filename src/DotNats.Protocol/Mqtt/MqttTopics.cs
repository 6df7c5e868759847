using System.Buffers;
using DotNats.Primitives;

namespace DotNats.Protocol.Mqtt;

/// <summary>Topics and filters of MQTT as subjects, and subjects as topics.</summary>
/// <remarks>
/// Compat: nats-server's rules. A level is a token; <c>/</c> stands for an empty one (<c>/a</c> is <c>/.a</c>, <c>a//b</c> is <c>a./.b</c>,
/// <c>a/</c> is <c>a./</c>), <c>//</c> for a dot inside a level. Blanks, tabs, line ends, form feeds and DEL cannot be converted.
/// </remarks>
public static class MqttTopics
{
    /// <summary>The error for a character no subject can have.</summary>
    public const string UnsupportedCharacter = "character not supported for MQTT topics";

    private static readonly SearchValues<byte> Unsupported = SearchValues.Create(" \t\n\r\f\x7F"u8);

    private const byte Separator = (byte)'/';
    private const byte Dot = (byte)'.';

    /// <summary>Bytes a subject made of a topic may have at most.</summary>
    public static int MaxSubjectLength(int topicLength) => (2 * topicLength) + 1;

    /// <summary>Converts a topic, or with <paramref name="isFilter"/> a filter with its wildcards.</summary>
    /// <param name="subject">Room for <see cref="MaxSubjectLength"/> bytes.</param>
    /// <returns>Bytes written; -1 where it cannot be converted.</returns>
    public static int ToSubject(ReadOnlySpan<byte> topic, bool isFilter, Span<byte> subject)
    {
        int length = 0;
        for (int i = 0; i < topic.Length; i++)
        {
            byte value = topic[i];
            switch (value)
            {
                case Separator:
                    length += Separate(topic, i, subject, length);
                    break;
                case (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or 0x7F:
                    return -1;
                case Dot:
                    subject[length++] = Separator;
                    subject[length++] = Separator;
                    break;
                case (byte)'+' or (byte)'#':
                    if (!isFilter) return -1;
                    subject[length++] = value == '+' ? (byte)'*' : (byte)'>';
                    break;
                default:
                    subject[length++] = value;
                    break;
            }
        }

        if (length > 0 && subject[length - 1] == Dot) subject[length++] = Separator;
        return length;
    }

    /// <summary>The same, into an array of its own; null and what is wrong where it cannot be converted.</summary>
    public static byte[]? ToSubject(ReadOnlySpan<byte> topic, bool isFilter, out string? error)
    {
        byte[] subject = new byte[MaxSubjectLength(topic.Length)];
        int length = ToSubject(topic, isFilter, subject);
        error = length < 0 ? Describe(topic, isFilter) : null;
        return length < 0 ? null : subject[..length];
    }

    /// <summary>Why a topic or filter cannot be converted.</summary>
    public static string Describe(ReadOnlySpan<byte> topic, bool isFilter)
    {
        // The first of either is what nats-server names.
        int wildcard = isFilter ? -1 : topic.IndexOfAny((byte)'+', (byte)'#');
        int unsupported = topic.IndexOfAny(Unsupported);
        return unsupported < 0 || (wildcard >= 0 && wildcard < unsupported) ? $"wildcards not allowed in publish's topic: {GoQuote.Quote(topic)}" : UnsupportedCharacter;
    }

    /// <summary>Converts a literal subject.</summary>
    /// <param name="topic">Room for as many bytes as the subject has.</param>
    /// <returns>Bytes written.</returns>
    public static int ToTopic(ReadOnlySpan<byte> subject, Span<byte> topic)
    {
        int length = 0;
        for (int i = 0; i < subject.Length; i++)
        {
            byte value = subject[i];
            if (value == Dot) topic[length++] = Separator;
            else if (value != Separator) topic[length++] = value;
            else if (i + 1 < subject.Length && subject[i + 1] is Dot or Separator) topic[length++] = subject[++i] == Dot ? Separator : Dot;
            // Compat: a slash that stands for an empty last level, or before anything else, is left out.
        }

        return length;
    }

    /// <summary>The same, into an array of its own.</summary>
    public static byte[] ToTopic(ReadOnlySpan<byte> subject)
    {
        byte[] topic = new byte[subject.Length];
        return topic[..ToTopic(subject, topic)];
    }

    /// <summary>The filter <c>a.&gt;</c> also means its parent: <c>a/#</c> is for <c>a</c> too.</summary>
    public static bool HasParent(ReadOnlySpan<char> filter) => filter.Length >= 3 && filter.EndsWith(".>");

    /// <summary>Filters that begin with a wildcard are not for topics that begin with a dollar sign.</summary>
    public static bool BeginsWithWildcard(ReadOnlySpan<char> filter) => filter is ">" or "*" || filter.StartsWith("*.");

    // The first level, or one behind an empty one, is empty before the dot; the last, or one before another separator, behind it.
    private static int Separate(ReadOnlySpan<byte> topic, int at, Span<byte> subject, int length)
    {
        if (at == 0 || subject[length - 1] == Dot)
        {
            subject[length] = Separator;
            subject[length + 1] = Dot;
            return 2;
        }

        subject[length] = Dot;
        if (at < topic.Length - 1 && topic[at + 1] != Separator) return 1;
        subject[length + 1] = Separator;
        return 2;
    }
}
