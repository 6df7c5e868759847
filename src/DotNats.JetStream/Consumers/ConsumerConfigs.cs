using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DotNats.JetStream.Consumers;

/// <summary>The configurations of consumers that run, by name, without a copy: creating one among many looks up and counts, no more.</summary>
// Owner: whoever judges a request; read under the lock of changes.
internal sealed class ConsumerConfigs(ConcurrentDictionary<string, LiveConsumer> consumers) : IReadOnlyDictionary<string, ConsumerConfig>
{
    public int Count => consumers.Count;

    public IEnumerable<string> Keys => consumers.Select(static entry => entry.Key);

    public IEnumerable<ConsumerConfig> Values => consumers.Select(static entry => entry.Value.Config);

    public ConsumerConfig this[string key] => consumers[key].Config;

    public bool ContainsKey(string key) => consumers.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out ConsumerConfig value)
    {
        value = consumers.GetValueOrDefault(key)?.Config;
        return value is not null;
    }

    public IEnumerator<KeyValuePair<string, ConsumerConfig>> GetEnumerator() =>
        consumers.Select(static entry => KeyValuePair.Create(entry.Key, entry.Value.Config)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
