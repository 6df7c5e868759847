using System.Collections.Concurrent;
using DotNats.Server.Monitoring;

namespace DotNats.Server.Routing;

/// <summary>Contexts for whoever has no loop of its own: stream readers, slow logins, internal publishers.</summary>
internal sealed class DeliveryContextPool(TimeProvider time, bool cacheEnabled)
{
    // About as many as threads that can be in a batch at once.
    private static readonly int MaxKept = Environment.ProcessorCount * 2;

    // Taken from the front, so that those in use stay few and warm; unlike a stack of nodes, giving back allocates nothing.
    private readonly DeliveryContext?[] _free = new DeliveryContext?[MaxKept];

    // All in use, so that monitoring can add up what their caches counted; _retiredHits is from those no longer there.
    private readonly ConcurrentDictionary<DeliveryContext, bool> _made = new();
    private long _retiredHits;

    public DeliveryContext Rent()
    {
        DeliveryContext context = Take() ?? Create();
        context.NowTicks = time.GetTimestamp();
        return context;
    }

    public DeliveryContext Create()
    {
        DeliveryContext context = new(cacheEnabled) { TicksPerSecond = time.TimestampFrequency, NowTicks = time.GetTimestamp() };
        _made[context] = true;
        return context;
    }

    /// <summary>The context must have been flushed.</summary>
    public void Return(DeliveryContext context)
    {
        context.StalledBy = null;
        context.RunsWork = false;
        if (!TryKeep(context) && _made.TryRemove(context, out _)) Interlocked.Add(ref _retiredHits, context.Matches.Hits);
    }

    private DeliveryContext? Take()
    {
        foreach (ref DeliveryContext? slot in _free.AsSpan())
        {
            if (Volatile.Read(ref slot) is not null && Interlocked.Exchange(ref slot, null) is { } kept) return kept;
        }

        return null;
    }

    private bool TryKeep(DeliveryContext context)
    {
        foreach (ref DeliveryContext? slot in _free.AsSpan())
        {
            if (Volatile.Read(ref slot) is null && Interlocked.CompareExchange(ref slot, context, null) is null) return true;
        }

        return false;
    }

    /// <summary>What all match caches hold; with an account, its part of the entries and no hits.</summary>
    public SubscriptionTableFacts MeasureCaches(string? accountName)
    {
        SubscriptionTableFacts facts = default;
        if (accountName is null) facts.CacheHits = facts.Matches = Volatile.Read(ref _retiredHits);
        foreach (KeyValuePair<DeliveryContext, bool> made in _made) made.Key.Matches.Measure(accountName, ref facts);
        return facts;
    }
}
