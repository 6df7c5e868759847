using System.Collections.Concurrent;
using DotNats.Server.Monitoring;

namespace DotNats.Server.Routing;

/// <summary>Contexts for whoever has no loop of its own: stream readers, slow logins, internal publishers.</summary>
internal sealed class DeliveryContextPool(TimeProvider time, bool cacheEnabled)
{
    // About as many as threads that can be in a batch at once.
    private static readonly int MaxKept = Environment.ProcessorCount * 2;

    private readonly ConcurrentStack<DeliveryContext> _free = new();

    // All in use, so that monitoring can add up what their caches counted; _retiredHits is from those no longer there.
    private readonly ConcurrentDictionary<DeliveryContext, bool> _made = new();
    private long _retiredHits;

    public DeliveryContext Rent()
    {
        DeliveryContext context = _free.TryPop(out DeliveryContext? kept) ? kept : Create();
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
        if (_free.Count < MaxKept) _free.Push(context);
        else if (_made.TryRemove(context, out _)) Interlocked.Add(ref _retiredHits, context.Matches.Hits);
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
