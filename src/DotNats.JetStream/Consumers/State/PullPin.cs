using DotNats.JetStream.Streams;
using DotNats.Primitives;

namespace DotNats.JetStream.Consumers.State;

/// <summary>Which client a consumer with policy <c>pinned_client</c> gives its messages to.</summary>
// Owner: one PullQueue. Compat: one pin for all groups, as nats-server has it.
internal sealed class PullPin(IPullClients clients, Nuid ids)
{
    private string _group = "";
    private long _ttl;

    /// <summary>Empty while there is none.</summary>
    public string Id { get; private set; } = "";

    /// <summary>When it was given; 0 while there is none.</summary>
    public long GivenAt { get; private set; }

    /// <summary>When it ends unless its client asks again; <see cref="long.MaxValue"/> while there is none.</summary>
    public long ExpiresAt { get; private set; } = long.MaxValue;

    public bool IsSet => Id.Length > 0;

    public void SetTtl(long nanoseconds) => _ttl = nanoseconds;

    /// <summary>Gives a request the pin; false for one of no group.</summary>
    public bool TryGive(WaitingPull pull, long now)
    {
        if (pull.Group.Length == 0) return false;
        (Id, _group, GivenAt) = (ids.Next(), pull.Group, now);
        pull.PinId = Id;
        Renew(now);
        clients.OnPinned(_group, Id);
        return true;
    }

    /// <summary>Its client is still there.</summary>
    public void Renew(long now) => ExpiresAt = StreamClock.After(now, _ttl);

    /// <summary>Takes it away without a word.</summary>
    public void Drop() => (Id, GivenAt, ExpiresAt) = ("", 0, long.MaxValue);

    /// <summary>Takes it away.</summary>
    public void End(string group, string reason)
    {
        Drop();
        clients.OnUnpinned(group, reason);
    }

    /// <summary>Takes it away once its client did not ask for long enough.</summary>
    public bool Expire(long now)
    {
        if (now < ExpiresAt) return false;
        End(_group, "timeout");
        return true;
    }
}
