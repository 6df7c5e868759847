using DotNats.Security;
using DotNats.Server.Routing;

namespace DotNats.Server.Accounts;

/// <summary>One tenant: its own space of subjects.</summary>
// Owner: AccountRegistry; the counters are each written by who is named there.
// Lifetime: the server's, or until a reload removes it.
internal sealed class Account(string name)
{
    private int _connections;
    private volatile SubjectMappings? _mappings;

    public string Name { get; } = name;

    /// <summary>Public account nkey, where configured.</summary>
    public string? NKey { get; set; }

    public SubscriptionTable Subscriptions { get; } = new();

    /// <summary>Where published subjects go instead; a snapshot, replaced whole by a reload; null for none.</summary>
    public SubjectMappings? Mappings
    {
        get => _mappings;
        set => _mappings = value;
    }

    /// <summary>Traffic of connections that are gone; live ones keep their own counters (no shared counter on the message path).</summary>
    public TrafficCounters ClosedTraffic { get; } = new();

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections ever bound to it.</summary>
    public long TotalConnections => Volatile.Read(ref _totalConnections);

    private long _totalConnections;

    /// <summary>Connections closed because they could not keep up.</summary>
    public long SlowConsumers => Volatile.Read(ref _slowConsumers);

    private long _slowConsumers;

    public void CountSlowConsumer() => Interlocked.Increment(ref _slowConsumers);

    public void Attach()
    {
        Interlocked.Increment(ref _connections);
        Interlocked.Increment(ref _totalConnections);
    }

    /// <summary>Where a message published in this account, or brought into it by a service import, goes by its mappings; false where it stays.</summary>
    /// <param name="mapped">In the context's scratch, until the caller releases it; empty where the message is lost.</param>
    public bool TryMap(DeliveryContext context, ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> mapped)
    {
        mapped = default;
        if (_mappings is not { } mappings) return false;
        Span<byte> room = context.Scratch.Take(mappings.RoomFor(subject.Length));
        int length = mappings.Map(subject, room, context.Random);
        if (length == SubjectMappings.Unmapped) return false;
        mapped = room[..length];
        return true;
    }

    public void Detach() => Interlocked.Decrement(ref _connections);

    public override string ToString() => Name;
}

/// <summary>Messages and bytes in both directions, added up when a connection ends.</summary>
internal sealed class TrafficCounters
{
    private long _inMessages;
    private long _inBytes;
    private long _outMessages;
    private long _outBytes;

    public long InMessages => Volatile.Read(ref _inMessages);

    public long InBytes => Volatile.Read(ref _inBytes);

    public long OutMessages => Volatile.Read(ref _outMessages);

    public long OutBytes => Volatile.Read(ref _outBytes);

    public void Add(long inMessages, long inBytes, long outMessages, long outBytes)
    {
        Interlocked.Add(ref _inMessages, inMessages);
        Interlocked.Add(ref _inBytes, inBytes);
        Interlocked.Add(ref _outMessages, outMessages);
        Interlocked.Add(ref _outBytes, outBytes);
    }
}
