namespace NatsServerApp.Tests.Soaking;

/// <summary>A stream of a server under a soak, and what is known of the messages published to it.</summary>
/// <param name="isComplete">Everything that was stored stays.</param>
internal sealed class SoakedStream(string name, string config, bool isComplete)
{
    private readonly Dictionary<string, ulong> _stored = [];
    private readonly HashSet<string> _open = [];
    private int _sent;

    public string Name => name;

    public string Config => $$"""{"name":"{{name}}","subjects":["{{name}}.>"]{{config}},"duplicate_window":3600000000000}""";

    public bool IsComplete => isComplete;

    /// <summary>Sequences of what was acknowledged.</summary>
    public IEnumerable<ulong> Stored => _stored.Values;

    public ulong Sent => (ulong)_sent;

    public ulong Acknowledged => (ulong)_stored.Count;

    /// <summary>Messages of which nobody knows whether they were stored: they are published again.</summary>
    public List<string> Open => [.. _open];

    /// <summary>Id of another message.</summary>
    public string Next()
    {
        string id = $"{name}-{++_sent}";
        _open.Add(id);
        return id;
    }

    /// <summary>A publish was acknowledged: each message has one place in the stream, however often it was published.</summary>
    // Ids are known again after a kill by the messages that have them; where those were acknowledged and removed, nothing is known.
    public void OnStored(string id, ulong sequence)
    {
        _open.Remove(id);
        if (isComplete && _stored.TryGetValue(id, out ulong before) && before != sequence) throw new InvalidOperationException($"{id} was stored as {before} and as {sequence}");
        _stored[id] = sequence;
    }
}
