using DotNats.Server.Routing;

namespace DotNats.Server.Accounts;

/// <summary>The shadows of one subscription, as the imports of its account were when they were made. Immutable.</summary>
internal sealed class ShadowSet(StreamImport[] imports, Subscription[] shadows)
{
    /// <summary>Of a subscription that has ended: it gets no more shadows.</summary>
    public static readonly ShadowSet Ended = new([], []);

    /// <summary>What they were made for.</summary>
    public StreamImport[] Imports { get; } = imports;

    /// <summary>Each in the table of an exporting account.</summary>
    public Subscription[] Shadows { get; } = shadows;

    /// <summary>
    /// Brings the shadows of a subscription in line with what its account imports now. Any thread, without a lock: whoever comes second finds
    /// the work done, and a change in between is seen to before this returns.
    /// </summary>
    public static void Update(Account account, Subscription subscription)
    {
        while (true)
        {
            StreamImport[] imports = account.Sharing.StreamImports;
            ShadowSet? before = Volatile.Read(ref subscription.Shadows);
            if (ReferenceEquals(before, Ended)) return;
            if (before is null ? imports.Length == 0 : ReferenceEquals(before.Imports, imports)) return;
            Subscription[] old = before?.Shadows ?? [];
            Subscription[] current = Make(account, imports, subscription, old);
            // New ones first: a message that falls in between comes twice rather than never.
            AddAll(current, except: old);
            var after = new ShadowSet(imports, current);
            bool isOurs = ReferenceEquals(Interlocked.CompareExchange(ref subscription.Shadows, after, before), before);
            RemoveAll(isOurs ? old : current, except: isOurs ? current : old);
            // Once more: the imports may have changed, or the subscription have been changed by somebody else, meanwhile.
        }
    }

    /// <summary>What the subscription may have has changed, and so has what its shadows may.</summary>
    public static void Review(Subscription subscription)
    {
        foreach (Subscription shadow in Volatile.Read(ref subscription.Shadows)?.Shadows ?? []) ImportOf(shadow).Exporter.Subscriptions.Review(shadow);
    }

    /// <summary>The subscription has ended.</summary>
    public static void End(Subscription subscription)
    {
        ShadowSet? before = Interlocked.Exchange(ref subscription.Shadows, Ended);
        if (before is not null) RemoveAll(before.Shadows, except: []);
    }

    private static Subscription[] Make(Account account, StreamImport[] imports, Subscription subscription, Subscription[] old)
    {
        var shadows = new List<Subscription>();
        foreach (StreamImport import in imports)
        {
            Subscription? kept = Array.Find(old, shadow => ReferenceEquals(ImportOf(shadow), import));
            if (kept is not null) shadows.Add(kept);
            else if (import.FilterFor(subscription.Subject) is { } filter)
                shadows.Add(new Subscription(new ShadowDelivery(account, import, subscription), filter, subscription.Queue, subscription.Id) { FilterDeliveries = true });
        }

        return [.. shadows];
    }

    private static StreamImport ImportOf(Subscription shadow) => ((ShadowDelivery)shadow.Subscriber).Import;

    private static void AddAll(Subscription[] shadows, Subscription[] except)
    {
        foreach (Subscription shadow in shadows)
        {
            if (Array.IndexOf(except, shadow) < 0) ImportOf(shadow).Exporter.Subscriptions.Add(shadow);
        }
    }

    private static void RemoveAll(Subscription[] shadows, Subscription[] except)
    {
        foreach (Subscription shadow in shadows)
        {
            if (Array.IndexOf(except, shadow) >= 0) continue;
            shadow.IsClosed = true;
            ImportOf(shadow).Exporter.Subscriptions.Remove(shadow);
        }
    }
}
