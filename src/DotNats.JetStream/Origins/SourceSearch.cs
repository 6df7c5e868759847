using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Origins;

/// <summary>Finds out from a stream's own messages what was received of its sources, from the last message back.</summary>
/// <param name="downTo">Messages up to this sequence need not be read.</param>
// Owner: the stream's runner; reads some messages at a time. Lifetime: until IsDone.
internal sealed class SourceSearch(IMessageLog log, List<Origin> missing, ulong downTo)
{
    private readonly MessageBuffer _message = new();
    private ulong _next = log.State.LastSequence;

    public bool IsDone { get; private set; }

    /// <summary>Reads some messages.</summary>
    public void Continue(int maxCount)
    {
        while (!IsDone && maxCount-- > 0)
        {
            IsDone = missing.Count == 0 || _next <= downTo || log.TryReadPrevious(_next, null, _message) != ReadStatus.Found || _message.Sequence <= downTo;
            if (IsDone) return;
            Look();
            _next = _message.Sequence - 1;
        }
    }

    private void Look()
    {
        ReadOnlySpan<byte> value = HeaderLookup.Find(_message.Headers, HeaderNames.StreamSource);
        if (value.IsEmpty || !SourceHeader.TryRead(value, out SourceHeader header)) return;
        for (int i = missing.Count - 1; i >= 0; i--)
        {
            if (!missing[i].Spec.IsMeant(header)) continue;
            // What was kept knows more than a message it knew.
            if (_message.Sequence > missing[i].StoredAt) missing[i].Recover(new SourcePosition(header.Sequence, header.Identity, _message.Sequence));
            missing.RemoveAt(i);
        }
    }
}
