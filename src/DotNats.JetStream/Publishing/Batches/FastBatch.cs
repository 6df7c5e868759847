namespace DotNats.JetStream.Publishing.Batches;

/// <summary>How far one fast batch is.</summary>
// Owner: its FastBatches. Lifetime: until the batch is acknowledged, refused or given up.
// Invariant: told <= safe <= Last; all are sequences of the batch.
internal sealed class FastBatch
{
    // nats-server's: what all batches of a stream share between them, and what one alone may have.
    private const int MostMessages = 500;

    private readonly ushort _wanted;
    private ulong _safe;
    private ulong _told;
    private uint _pending;

    /// <param name="wanted">Messages per acknowledgement that its publisher allows.</param>
    /// <param name="isOnly">The stream has no other batch: it need not start slowly.</param>
    public FastBatch(string key, bool allowsGaps, ushort wanted, bool isOnly)
    {
        Key = key;
        AllowsGaps = allowsGaps;
        _wanted = wanted;
        Messages = isOnly ? (ushort)Math.Min(MostMessages, (int)wanted) : (ushort)1;
    }

    public string Key { get; }

    public bool AllowsGaps { get; }

    /// <summary>Last sequence that came.</summary>
    public ulong Last { get; private set; }

    /// <summary>Sequence in the stream of the last message that is safe.</summary>
    public ulong StreamSequence { get; private set; }

    /// <summary>An acknowledgement comes for so many messages.</summary>
    public ushort Messages { get; private set; }

    /// <summary>Takes no more messages.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>Reply subject of who said that the message before was the last; null where that was the last message itself.</summary>
    public byte[]? EndReply { get; set; }

    /// <summary>Nothing is missing any more.</summary>
    public bool IsComplete => IsEnding && Last == _safe;

    /// <summary>Messages are on their way to the log.</summary>
    public bool HasPending => _pending > 0;

    /// <summary>Nanoseconds since 1970; never for one that ends and waits for the log.</summary>
    public long Deadline { get; private set; } = long.MaxValue;

    public void KeepAlive(long deadline)
    {
        if (!IsEnding) Deadline = deadline;
    }

    /// <summary>Its end will not be stored.</summary>
    public void WaitUntil(long deadline) => Deadline = deadline;

    public void Follow(ulong sequence) => Last = sequence;

    /// <summary>A gap is passed over without a message.</summary>
    public void SkipTo(ulong sequence)
    {
        Last = sequence;
        if (!HasPending) _safe = Last;
    }

    /// <summary>The last message was the end, which is not stored.</summary>
    public void TakeBackEnd() => TakeBack();

    /// <summary>The last message is not stored.</summary>
    public void TakeBack()
    {
        Last--;
        if (!HasPending) _safe = Last;
    }

    /// <summary>The last message was stored before.</summary>
    public void OnDuplicate(ulong sequence)
    {
        if (!HasPending) _safe = sequence;
    }

    /// <summary>The last message goes to the log.</summary>
    public void OnTaken() => _pending++;

    /// <summary>A message is safe, and where it is the last on its way, so is all that was not sent there.</summary>
    public void OnStored(ulong sequence, ulong streamSequence)
    {
        if (_pending > 0) _pending--;
        StreamSequence = streamSequence;
        _safe = HasPending ? sequence : Last;
    }

    public void End()
    {
        IsEnding = true;
        Deadline = long.MaxValue;
    }

    /// <summary>Tells how far it is once enough messages are safe, and makes the publisher faster or slower; true where it told.</summary>
    /// <param name="batches">Batches that share the stream.</param>
    public bool TellFlow(int batches, List<FastReply> replies)
    {
        ulong step = Messages;
        if (_safe < _told + step) return false;
        _told += (_safe - _told) / step * step;
        int most = Math.Min(Math.Max(1, MostMessages / Math.Max(1, batches)), (int)_wanted);
        int messages = Messages;
        if (messages < most) messages = Math.Min(most, messages * 2);
        else if (messages > most) messages = Math.Max(most, messages / 2);
        Messages = (ushort)messages;
        RepeatFlow(replies);
        return true;
    }

    public void RepeatFlow(List<FastReply> replies) => replies.Add(new FastReply(FastReplyKind.Flow, _told, Messages));
}
