using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>What a crash left of an atomic batch whose end was not written: nothing of it was acknowledged, so nothing of it may stay.</summary>
internal static class TornBatch
{
    /// <summary>Finds one at the end of a log that was opened.</summary>
    /// <param name="keep">The last sequence that stays: the log is to be cut off behind it.</param>
    public static bool TryFind(IMessageLog log, out ulong keep)
    {
        ulong last = log.State.LastSequence;
        keep = last;
        var buffer = new MessageBuffer();
        if (log.TryRead(last, buffer) != ReadStatus.Found) return false;
        var headers = new PublishHeaders(buffer.Headers);
        if (!headers.HasValue(PublishHeader.BatchId) || headers.HasValue(PublishHeader.BatchCommit)) return false;
        if (!HeaderNumbers.TryRead(headers[PublishHeader.BatchSequence], out ulong count) || count == 0 || count > last) return false;
        keep = last - count;
        return true;
    }
}
