using System.Collections.Concurrent;
using System.Text;

namespace DotNats.Server.Routing;

/// <summary>Is told when subscriptions to a subject come or go.</summary>
internal interface IInterestWatcher
{
    /// <summary>Something changed. On the thread that changed it, which holds no lock: must be short.</summary>
    void OnInterestChanged();
}

/// <summary>Who wants to know of subscriptions to which literal subjects of one account.</summary>
// Owner: its SubscriptionTable, which tells of changes outside its lock. Any thread adds and removes.
// Compat: only a subscription to this very subject counts, as in nats-server: wildcards that match it do not.
internal sealed class InterestWatches
{
    private readonly ConcurrentDictionary<string, IInterestWatcher[]> _watchers = new(StringComparer.Ordinal);

    public void Add(string subject, IInterestWatcher watcher) =>
        _watchers.AddOrUpdate(subject, static (_, added) => [added], static (_, others, added) => [.. others, added], watcher);

    public void Remove(string subject, IInterestWatcher watcher)
    {
        while (_watchers.TryGetValue(subject, out IInterestWatcher[]? others))
        {
            IInterestWatcher[] left = Array.FindAll(others, other => !ReferenceEquals(other, watcher));
            if (left.Length > 0 ? _watchers.TryUpdate(subject, left, others) : _watchers.TryRemove(new(subject, others))) return;
        }
    }

    public void OnChanged(ReadOnlySpan<byte> subject)
    {
        if (_watchers.IsEmpty || Encoding.UTF8.GetMaxCharCount(subject.Length) is var most && most > 1024) return;
        Span<char> text = stackalloc char[most];
        int length = Encoding.UTF8.GetChars(subject, text);
        if (!_watchers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out IInterestWatcher[]? watchers)) return;
        foreach (IInterestWatcher watcher in watchers) watcher.OnInterestChanged();
    }
}
