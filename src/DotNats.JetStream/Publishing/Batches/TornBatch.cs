using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>What a crash left of an atomic batch whose end was not written: nothing of it was acknowledged, so nothing of it may stay.</summary>
internal static class TornBatch
{
    /// <summary>Finds one at the end of a log that was opened. Where anything contradicts, there is none.</summary>
    /// <param name="keep">The last sequence that stays: the log is to be cut off behind it.</param>
    public static bool TryFind(IMessageLog log, out ulong keep)
    {
        ulong last = log.State.LastSequence;
        keep = last;
        var buffer = new MessageBuffer();
        if (log.TryRead(last, buffer) != ReadStatus.Found || !TryReadMember(buffer, out ulong count) || count > last) return false;
        byte[] id = HeaderLookup.Find(buffer.Headers, HeaderNames.BatchId).ToArray();
        for (ulong number = 1; number < count; number++)
        {
            // One that is missing gave way to a later one of the same batch.
            if (log.TryRead(last - count + number, buffer) != ReadStatus.Found) continue;
            if (!TryReadMember(buffer, out ulong sequence) || sequence != number || !HeaderLookup.Find(buffer.Headers, HeaderNames.BatchId).SequenceEqual(id)) return false;
        }

        keep = last - count;
        return true;
    }

    // What a schedule produced may carry the headers of a batch that its content was once part of.
    private static bool TryReadMember(MessageBuffer message, out ulong sequence)
    {
        sequence = 0;
        var headers = new PublishHeaders(message.Headers);
        return headers.HasValue(PublishHeader.BatchId)
            && !headers.HasValue(PublishHeader.BatchCommit)
            && !headers.HasValue(PublishHeader.Scheduler)
            && HeaderNumbers.TryRead(headers[PublishHeader.BatchSequence], out sequence)
            && sequence > 0;
    }
}
