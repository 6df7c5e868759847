using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>One line of a permission list: a subject, for subscriptions perhaps with a queue group behind a blank.</summary>
internal sealed class PermissionEntry(byte[] subject, byte[]? queue) : ISubjectEntry
{
    private static readonly char[] Blanks = [' ', '\t', '\r', '\n', '\f', '\v'];

    public byte[] Subject { get; } = subject;

    /// <summary>Queue group the entry is about, wildcards allowed; null when it is about plain subscriptions and publishing.</summary>
    public byte[]? Queue { get; } = queue;

    /// <summary>Reads <c>subject</c> or <c>subject queue</c>; <paramref name="error"/> has nats-server's words when it is neither.</summary>
    public static PermissionEntry? Parse(string text, bool allowQueue, out string? error)
    {
        error = null;
        byte[] whole = Encoding.UTF8.GetBytes(text);
        if (Subjects.IsValidFilter(whole))
            return new PermissionEntry(whole, null);
        string[] words = text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        if (!allowQueue || words.Length != 2)
        {
            error = $"subject {GoQuote.Quote(text)} is not a valid subject";
            return null;
        }

        byte[] subject = Encoding.UTF8.GetBytes(words[0]);
        byte[] queue = Encoding.UTF8.GetBytes(words[1]);
        if (!Subjects.IsValidFilter(subject))
            error = $"subject {GoQuote.Quote(words[0])} is not a valid subject";
        else if (!Subjects.IsValidFilter(queue))
            error = $"queue {GoQuote.Quote(words[1])} is not a valid queue";
        return error is null ? new PermissionEntry(subject, queue) : null;
    }

    /// <summary>True when the entry is about this queue; '*' and '&gt;' may also be a queue's own name, so equal names come first.</summary>
    public bool MatchesQueue(ReadOnlySpan<byte> queue) =>
        !queue.IsEmpty && (queue.SequenceEqual(Queue) || (Subjects.HasWildcards(Queue) && Subjects.IsSubsetMatch(queue, Queue)));
}
