using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>
/// What a crash left of an atomic batch that was not written to its end, or not everywhere: nothing of it was acknowledged, so nothing of it may stay.
/// </summary>
internal static class TornBatch
{
    /// <summary>Finds one at the end of a log that was opened, or at a hole in what was written last. Where anything contradicts, there is none.</summary>
    /// <param name="keep">The last sequence that stays: the log is to be cut off behind it.</param>
    public static bool TryFind(IMessageLog log, out ulong keep)
    {
        ulong last = log.State.LastSequence;
        var buffer = new MessageBuffer();
        keep = FindAtEnd(log, last, buffer);
        foreach (LogDamage damage in log.Damage)
        {
            // Where the message is there, something else is missing.
            if (damage.Kind != DamageKind.LastWrite || log.TryRead(damage.FirstSequence, buffer) == ReadStatus.Found) continue;
            keep = Math.Min(keep, FindAtHole(log, damage.FirstSequence, buffer));
        }

        return keep < last;
    }

    private static ulong FindAtEnd(IMessageLog log, ulong last, MessageBuffer buffer)
    {
        if (log.TryRead(last, buffer) != ReadStatus.Found || !TryReadMember(buffer, out ulong count, out bool isEnd) || isEnd || count > last) return last;
        byte[] id = HeaderLookup.Find(buffer.Headers, HeaderNames.BatchId).ToArray();
        for (ulong number = 1; number < count; number++)
        {
            // One that is missing gave way to a later one of the same batch.
            if (log.TryRead(last - count + number, buffer) != ReadStatus.Found) continue;
            if (!TryReadMember(buffer, out ulong sequence, out isEnd) || isEnd || sequence != number || !HeaderLookup.Find(buffer.Headers, HeaderNames.BatchId).SequenceEqual(id)) return last;
        }

        return last - count;
    }

    // A batch that begins before a hole and goes on behind it, or ends in it, has lost something that nobody removed.
    private static ulong FindAtHole(IMessageLog log, ulong hole, MessageBuffer buffer)
    {
        ulong keep = ulong.MaxValue;
        if (log.TryReadPrevious(hole, null, buffer) == ReadStatus.Found && TryReadMember(buffer, out ulong number, out bool isEnd) && !isEnd && number <= buffer.Sequence)
            keep = buffer.Sequence - number;
        if (log.TryReadNext(hole, null, buffer) == ReadStatus.Found && TryReadMember(buffer, out number, out _) && number > 1 && number <= buffer.Sequence)
            keep = Math.Min(keep, buffer.Sequence - number);
        return keep;
    }

    // What a schedule produced may carry the headers of a batch that its content was once part of.
    private static bool TryReadMember(MessageBuffer message, out ulong sequence, out bool isEnd)
    {
        sequence = 0;
        var headers = new PublishHeaders(message.Headers);
        isEnd = headers.HasValue(PublishHeader.BatchCommit);
        return headers.HasValue(PublishHeader.BatchId)
            && !headers.HasValue(PublishHeader.Scheduler)
            && HeaderNumbers.TryRead(headers[PublishHeader.BatchSequence], out sequence)
            && sequence > 0;
    }
}
