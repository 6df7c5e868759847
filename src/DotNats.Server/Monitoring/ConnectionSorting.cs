namespace DotNats.Server.Monitoring;

/// <summary>A connection on its way to a page: open or closed.</summary>
internal readonly struct ConnectionEntry
{
    public ConnectionEntry(IMonitoredConnection open) => (Open, Id) = (open, open.Id);

    public ConnectionEntry(ClosedConnection closed) => (Closed, Id) = (closed, closed.Info.Cid);

    public IMonitoredConnection? Open { get; }

    public ClosedConnection? Closed { get; }

    public ulong Id { get; }
}

/// <summary>Orders connections by the <c>sort</c> option. All numbers sort largest first, except the id, the start and the uptime.</summary>
internal static class ConnectionSorting
{
    /// <summary>Sorts by a name that <see cref="ConnzQuery.Validate"/> knows; equal keys go by connection id.</summary>
    public static ConnectionEntry[] Sort(List<ConnectionEntry> entries, string sort, DateTime now)
    {
        ConnectionEntry[] sorted = entries.ToArray();
        if (sort == "reason")
        {
            Array.Sort(sorted, static (a, b) => ByReason(in a, in b));
            return sorted;
        }

        bool ascending = sort is "" or "cid" or "start" or "uptime";
        (long Key, ulong Id)[] keys = new (long, ulong)[sorted.Length];
        for (int i = 0; i < sorted.Length; i++)
        {
            long key = KeyOf(in sorted[i], sort, now);
            keys[i] = (ascending ? key : -key, sorted[i].Id);
        }

        Array.Sort(keys, sorted);
        return sorted;
    }

    private static int ByReason(in ConnectionEntry a, in ConnectionEntry b)
    {
        int order = string.CompareOrdinal(a.Closed?.Info.Reason, b.Closed?.Info.Reason);
        return order != 0 ? order : a.Id.CompareTo(b.Id);
    }

    private static long KeyOf(in ConnectionEntry entry, string sort, DateTime now)
    {
        if (sort is "" or "cid" or "start") return (long)entry.Id;
        return entry.Open is not null ? OpenKey(entry.Open.ReadActivity(), sort, now) : ClosedKey(entry.Closed!.Info, sort, now);
    }

    private static long OpenKey(in ConnectionActivity activity, string sort, DateTime now) => sort switch
    {
        "subs" => activity.Subscriptions,
        "pending" => activity.PendingBytes,
        "msgs_to" => activity.OutMessages,
        "msgs_from" => activity.InMessages,
        "bytes_to" => activity.OutBytes,
        "bytes_from" => activity.InBytes,
        "last" => activity.LastActivity.Ticks,
        "idle" => (now - activity.LastActivity).Ticks,
        "uptime" => (now - activity.StartTime).Ticks,
        "rtt" => activity.RoundTripTime.Ticks,
        _ => 0,
    };

    private static long ClosedKey(ConnectionInfo info, string sort, DateTime now) => sort switch
    {
        "subs" => info.Subscriptions,
        "pending" => info.PendingBytes,
        "msgs_to" => info.OutMsgs,
        "msgs_from" => info.InMsgs,
        "bytes_to" => info.OutBytes,
        "bytes_from" => info.InBytes,
        "last" => info.LastActivity.Ticks,
        "idle" => (now - info.LastActivity).Ticks,
        "uptime" => (info.Stop.GetValueOrDefault(now) - info.Start).Ticks,
        "stop" => info.Stop.GetValueOrDefault().Ticks,
        "rtt" => info.RoundTripTicks,
        _ => 0,
    };
}
