using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Accounts;

/// <summary>The configurations of an account's streams by name, as they are now: nothing is copied for whoever looks at one of a thousand.</summary>
// Owner: one JetStreamAccount. Changes as its streams do: who judges a change holds JetStreamAccount.Changes.
internal sealed class AccountConfigurations(ConcurrentDictionary<string, LiveStream> live, ConcurrentDictionary<string, InertStream> inert) : IReadOnlyDictionary<string, StreamConfig>
{
    public int Count => live.Count + inert.Count;

    public IEnumerable<string> Keys
    {
        get
        {
            foreach ((string name, _) in this) yield return name;
        }
    }

    public IEnumerable<StreamConfig> Values
    {
        get
        {
            foreach ((_, StreamConfig config) in this) yield return config;
        }
    }

    public StreamConfig this[string key] => TryGetValue(key, out StreamConfig? config) ? config : throw new KeyNotFoundException(key);

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out StreamConfig value)
    {
        value = live.TryGetValue(key, out LiveStream? stream) ? stream.Config : inert.TryGetValue(key, out InertStream? kept) ? kept.Config : null;
        return value is not null;
    }

    public IEnumerator<KeyValuePair<string, StreamConfig>> GetEnumerator()
    {
        foreach ((string name, LiveStream stream) in live) yield return new(name, stream.Config);
        foreach ((string name, InertStream stream) in inert) yield return new(name, stream.Config);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
