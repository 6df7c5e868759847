using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>Sizes and limits: what a message may have and what a stream that keeps its old messages has room for.</summary>
internal static class RoomRules
{
    public const string MessageTooLarge = "message too large";
    public const string TooManyMessages = "maximum messages exceeded";
    public const string TooManyBytes = "maximum bytes exceeded";
    public const string TooManyForSubject = "maximum messages per subject exceeded";

    /// <summary>Length of a header block is 16 bits in nats-server's replication.</summary>
    public const int MaxHeaders = ushort.MaxValue;

    // Larger records are taken for damage by nats-server when it reads a block.
    private const long LargestRecord = 32 * 1024 * 1024;
    private const int FileOverhead = 22 + 8;
    private const int HeaderLength = 4;
    private const int MemoryOverhead = 16;

    /// <summary>Bytes that a message counts, in files or in memory.</summary>
    public static long SizeOf(bool isFile, int subject, long headers, long payload)
    {
        long bytes = subject + headers + payload;
        if (!isFile) return bytes + MemoryOverhead;
        return bytes + FileOverhead + (headers > 0 ? HeaderLength : 0);
    }

    public static long SizeOf(PublishPolicy policy, in Publication publication) =>
        SizeOf(policy.IsFile, publication.Subject.Length, publication.Headers.Length, publication.Payload.Length);

    public static bool IsTooLargeForLog(PublishPolicy policy, in Publication publication) =>
        policy.IsFile && SizeOf(policy, in publication) > LargestRecord;

    /// <summary>Judges the size of headers and payload.</summary>
    public static PublishVerdict CheckSize(PublishPolicy policy, in Publication publication)
    {
        if (Exceeds(policy.MaxMessageSize, in publication)) return PublishVerdict.Refuse(ApiErrors.StreamMessageExceedsMaximum);
        return publication.Headers.Length > MaxHeaders ? PublishVerdict.Refuse(ApiErrors.StreamHeaderExceedsMaximum) : PublishVerdict.Store;
    }

    /// <summary>Headers and payload are larger than a limit; a negative one is none.</summary>
    public static bool Exceeds(int limit, in Publication publication) =>
        limit >= 0 && (long)publication.Headers.Length + publication.Payload.Length > limit;

    /// <summary>Judges whether a stream that discards new messages has room for one.</summary>
    /// <remarks>
    /// A message that takes the place of its subject's oldest is taken although the stream is full, if it is no larger. One that rolls up
    /// its subject is taken although the subject is full: the others go.
    /// </remarks>
    public static PublishVerdict CheckRoom(PublishPolicy policy, IMessageLog log, MessageBuffer buffer, in Publication publication)
    {
        SubjectState subject = policy.MaxMessagesPerSubject > 0 ? log.GetSubject(publication.Subject) : default;
        bool replaces = policy.MaxMessagesPerSubject > 0 && subject.Messages >= (ulong)policy.MaxMessagesPerSubject;
        if (replaces && policy.DiscardsNewPerSubject && HeaderLookup.Find(publication.Headers, HeaderNames.Rollup).IsEmpty) return Full(TooManyForSubject);
        LogState state = log.State;
        if (policy.MaxMessages > 0 && state.Messages >= (ulong)policy.MaxMessages && !replaces) return Full(TooManyMessages);
        if (policy.MaxBytes <= 0) return PublishVerdict.Store;
        long size = SizeOf(policy, in publication);
        if (state.Bytes + (ulong)size <= (ulong)policy.MaxBytes) return PublishVerdict.Store;
        return replaces && SizeOfStored(policy, log, buffer, subject.FirstSequence) >= size ? PublishVerdict.Store : Full(TooManyBytes);
    }

    public static PublishVerdict Full(string text) => PublishVerdict.Refuse(ApiErrors.StreamStoreFailed, text);

    private static long SizeOfStored(PublishPolicy policy, IMessageLog log, MessageBuffer buffer, ulong sequence) =>
        log.TryRead(sequence, buffer) == ReadStatus.Found
            ? SizeOf(policy.IsFile, buffer.Subject.Length, buffer.Headers.Length, buffer.Payload.Length)
            : 0;
}
