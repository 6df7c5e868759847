namespace DotNats.JetStream.Consumers;

/// <summary>Notices a consumer that has messages, and clients that want them, and does nothing for no reason: it must never happen.</summary>
// Owner: the consumer's runner. Pure: told when something was delivered and when the consumer rests.
internal sealed class DeliveryWatch
{
    private const long PatienceNanoseconds = 5_000_000_000;

    private long _since = long.MaxValue;
    private bool _isTold;

    /// <summary>When it has to be looked at; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue => _isTold || _since == long.MaxValue ? long.MaxValue : _since + PatienceNanoseconds;

    /// <summary>Something was delivered.</summary>
    public void OnDelivered() => (_since, _isTold) = (long.MaxValue, false);

    /// <summary>The consumer delivers nothing at the moment.</summary>
    /// <param name="hasWork">There are messages to deliver.</param>
    /// <param name="hasDemand">There are clients that want some.</param>
    /// <param name="isExplained">It knows why they get none.</param>
    public void OnRest(bool hasWork, bool hasDemand, bool isExplained, long now)
    {
        if (!hasWork || !hasDemand || isExplained) OnDelivered();
        else if (_since == long.MaxValue) _since = now;
    }

    /// <summary>True, once, where it has rested for too long.</summary>
    public bool TryTake(long now)
    {
        if (now < NextDue) return false;
        _isTold = true;
        return true;
    }
}
