using System.Collections.Concurrent;

namespace DotNats.Server.Routing;

/// <summary>Contexts for whoever has no loop of its own: stream readers, slow logins, internal publishers.</summary>
internal sealed class DeliveryContextPool(TimeProvider time, bool cacheEnabled)
{
    // About as many as threads that can be in a batch at once.
    private static readonly int MaxKept = Environment.ProcessorCount * 2;

    private readonly ConcurrentStack<DeliveryContext> _free = new();

    public DeliveryContext Rent()
    {
        DeliveryContext context = _free.TryPop(out DeliveryContext? kept) ? kept : Create();
        context.NowTicks = time.GetTimestamp();
        return context;
    }

    public DeliveryContext Create() => new(cacheEnabled) { TicksPerSecond = time.TimestampFrequency, NowTicks = time.GetTimestamp() };

    /// <summary>The context must have been flushed.</summary>
    public void Return(DeliveryContext context)
    {
        context.StalledBy = null;
        if (_free.Count < MaxKept) _free.Push(context);
    }
}
