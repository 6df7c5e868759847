namespace DotNats.JetStream.Consumers;

/// <summary>Notices a consumer that has messages, and clients that want them, and does nothing for no reason: it must never happen.</summary>
// Owner: the consumer's runner, a part of its machine. Pure: told when something was delivered and when the consumer rests.
internal struct DeliveryWatch
{
    private const long PatienceNanoseconds = 5_000_000_000;

    // 0 while nothing is strange.
    private long _due;
    private bool _isTold;

    /// <summary>When it has to be looked at; <see cref="long.MaxValue"/> for never.</summary>
    public readonly long NextDue => _isTold || _due == 0 ? long.MaxValue : _due;

    /// <summary>Something was delivered.</summary>
    public void OnDelivered() => (_due, _isTold) = (0, false);

    /// <summary>The consumer delivers nothing at the moment.</summary>
    /// <param name="hasWork">There are messages to deliver.</param>
    /// <param name="hasDemand">There are clients that want some.</param>
    /// <param name="isExplained">It knows why they get none.</param>
    public void OnRest(bool hasWork, bool hasDemand, bool isExplained, long now)
    {
        if (!hasWork || !hasDemand || isExplained) OnDelivered();
        else if (_due == 0) _due = now + PatienceNanoseconds;
    }

    /// <summary>True, once, where it has rested for too long.</summary>
    public bool TryTake(long now)
    {
        if (now < NextDue) return false;
        _isTold = true;
        return true;
    }
}
