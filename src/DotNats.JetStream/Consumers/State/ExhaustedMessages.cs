namespace DotNats.JetStream.Consumers.State;

/// <summary>A message that was delivered as often as allowed without an acknowledgement.</summary>
internal readonly record struct ExhaustedMessage(ulong StreamSequence, int Deliveries);

/// <summary>Messages that are delivered no more: remembered while they are in the stream, and each reported once.</summary>
// Owner: one ConsumerState, a part of it. Lifetime: what it holds is made when there is the first one.
internal struct ExhaustedMessages
{
    private static readonly Comparer<ExhaustedMessage> BySequence = Comparer<ExhaustedMessage>.Create(static (a, b) => a.StreamSequence.CompareTo(b.StreamSequence));

    private SortedSet<ExhaustedMessage>? _messages;
    private Queue<PendingMessage>? _reports;

    public readonly int Count => _messages?.Count ?? 0;

    /// <summary>The lowest and the highest sequence; (0, 0) for none.</summary>
    public readonly (ulong First, ulong Last) Range => _messages is { Count: > 0 } ? (_messages.Min.StreamSequence, _messages.Max.StreamSequence) : (0, 0);

    public void Add(ExhaustedMessage message) => (_messages ??= new SortedSet<ExhaustedMessage>(BySequence)).Add(message);

    /// <summary>One is to be reported.</summary>
    public void Report(in PendingMessage message) => (_reports ??= new Queue<PendingMessage>()).Enqueue(message);

    /// <summary>There is one to report.</summary>
    public readonly bool HasReports => _reports is { Count: > 0 };

    /// <summary>The next to report.</summary>
    public readonly bool TryTake(out PendingMessage message)
    {
        message = default;
        return _reports is not null && _reports.TryDequeue(out message);
    }

    public readonly bool Contains(ulong stream) => _messages is { Count: > 0 } && _messages.Contains(new ExhaustedMessage(stream, 0));

    public readonly bool Remove(ulong stream) => _messages is { Count: > 0 } && _messages.Remove(new ExhaustedMessage(stream, 0));

    /// <summary>Forgets those before a sequence; false where there were none.</summary>
    public readonly bool RemoveBelow(ulong first)
    {
        bool any = false;
        while (_messages is { Count: > 0 } && _messages.Min.StreamSequence < first) any |= _messages.Remove(_messages.Min);
        return any;
    }

    /// <summary>Forgets those behind a sequence.</summary>
    public readonly void RemoveAbove(ulong last)
    {
        while (_messages is { Count: > 0 } && _messages.Max.StreamSequence > last) _messages.Remove(_messages.Max);
    }

    public readonly void CopyTo(ICollection<ExhaustedMessage> target)
    {
        if (_messages is null) return;
        foreach (ExhaustedMessage message in _messages) target.Add(message);
    }

    public void Clear()
    {
        _messages = null;
        _reports = null;
    }
}
