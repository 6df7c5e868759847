using System.Collections.Concurrent;

namespace DotNats.Mqtt.Store;

/// <summary>Client identifiers that two applications fight for: who comes back at once is held up, so that they do not replace each other as fast as they can.</summary>
// Any thread. Invariant: what is older than JailTime means nothing, and is swept out when there is much of it.
internal sealed class FlappingClients(TimeProvider time)
{
    /// <summary>How long after a replacement its loser, or anybody of its name, is not let in. Compat: nats-server's.</summary>
    public static readonly TimeSpan JailTime = TimeSpan.FromSeconds(1);

    private const int SweepCount = 1024;

    private readonly ConcurrentDictionary<string, long> _replacedAt = new(StringComparer.Ordinal);

    /// <summary>Somebody was replaced.</summary>
    public void Add(string clientId)
    {
        _replacedAt[clientId] = time.GetTimestamp();
        if (_replacedAt.Count < SweepCount) return;
        foreach ((string name, long replacedAt) in _replacedAt)
        {
            if (time.GetElapsedTime(replacedAt) > JailTime) _replacedAt.TryRemove(new KeyValuePair<string, long>(name, replacedAt));
        }
    }

    /// <summary>Names that are known.</summary>
    public int Count => _replacedAt.Count;

    public void Remove(string clientId) => _replacedAt.TryRemove(clientId, out _);

    /// <summary>A client of this name is to be held up.</summary>
    public bool IsJailed(string clientId)
    {
        if (!_replacedAt.TryGetValue(clientId, out long replacedAt)) return false;
        if (time.GetElapsedTime(replacedAt) <= JailTime) return true;
        Remove(clientId);
        return false;
    }
}
