using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>Fills a duplicate window from the stored messages of the last minutes, in parts: there may be very many.</summary>
// Owner: the rules of one stream. Lifetime: until all is read. Invariant: ids come in the order of their sequences, before any new one.
internal sealed class DuplicateRecovery
{
    private readonly IMessageLog _log;
    private readonly DuplicateWindow _ids;
    private readonly ulong _last;
    private MessageBuffer? _buffer;
    private ulong _next;

    /// <param name="log">As it was opened, before anything is appended.</param>
    public DuplicateRecovery(IMessageLog log, DuplicateWindow ids)
    {
        _log = log;
        _ids = ids;
        LogState state = log.State;
        _last = state.LastSequence;
        IsDone = state.Messages == 0 || ids.Window <= TimeSpan.Zero;
    }

    public bool IsDone { get; private set; }

    /// <summary>Id of the message that was the last when the log was opened; empty for none.</summary>
    public byte[] LastId { get; private set; } = [];

    /// <summary>Reads on.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="maxCount">At most so many messages.</param>
    public void Continue(long now, int maxCount)
    {
        if (IsDone) return;
        if (_next == 0) _next = Math.Max(1, _log.FirstSequenceSince(now - (_ids.Window.Ticks * TimeSpan.NanosecondsPerTick)));
        MessageBuffer buffer = _buffer ??= new MessageBuffer();
        for (; maxCount > 0; maxCount--)
        {
            if (_next > _last || _log.TryReadNext(_next, filters: null, buffer) != ReadStatus.Found || buffer.Sequence > _last)
            {
                IsDone = true;
                _buffer = null;
                return;
            }

            _next = buffer.Sequence + 1;
            ReadOnlySpan<byte> id = HeaderLookup.Find(buffer.Headers, HeaderNames.MessageId);
            if (!id.IsEmpty) _ids.Add(id, buffer.Sequence, buffer.Timestamp);
            if (buffer.Sequence == _last) LastId = id.ToArray();
        }
    }
}
