using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace NatsServerApp.Tests.Soaking;

/// <summary>A stream of a server under a soak, and what is known of the messages published to it.</summary>
/// <param name="isComplete">Everything that was stored stays.</param>
internal sealed class SoakedStream(string name, string config, bool isComplete)
{
    /// <summary>Subjects that its messages are spread over.</summary>
    public const int Subjects = 9;

    private readonly Dictionary<string, ulong> _stored = [];
    private readonly HashSet<string> _open = [];
    // Sequences of what was acknowledged, ascending, for each subject and, last, for all.
    private readonly List<ulong>[] _sequences = [.. Enumerable.Range(0, Subjects + 1).Select(_ => new List<ulong>())];
    private int _sent;

    public string Name => name;

    public string Config => $$"""{"name":"{{name}}","subjects":["{{name}}.>"]{{config}},"duplicate_window":3600000000000}""";

    public bool IsComplete => isComplete;

    /// <summary>Sequences of what was acknowledged.</summary>
    public IEnumerable<ulong> Stored => _stored.Values;

    public ulong Sent => (ulong)_sent;

    public ulong Acknowledged => (ulong)_stored.Count;

    /// <summary>The highest sequence that was acknowledged.</summary>
    public ulong Last => _sequences[^1] is { Count: > 0 } all ? all[^1] : 0;

    /// <summary>Messages of which nobody knows whether they were stored: they are published again.</summary>
    public List<string> Open => [.. _open];

    public int OpenCount => _open.Count;

    /// <summary>A message that was acknowledged lately; null for none.</summary>
    public string? LatelyStored { get; private set; }

    /// <summary>Id of another message.</summary>
    public string Next()
    {
        string id = $"{name}-{++_sent}";
        _open.Add(id);
        return id;
    }

    /// <summary>The subject that a message is published under, however often it is.</summary>
    public string SubjectOf(string id) => string.Create(CultureInfo.InvariantCulture, $"{name}.{NumberOf(id)}");

    /// <summary>Acknowledged messages behind one sequence and up to another.</summary>
    /// <param name="subject">Only those of one subject; null for all.</param>
    public ulong Count(ulong behind, ulong upTo, int? subject) =>
        upTo <= behind ? 0 : (ulong)(CountUpTo(_sequences[subject ?? Subjects], upTo) - CountUpTo(_sequences[subject ?? Subjects], behind));

    /// <summary>The same of all subjects, without some.</summary>
    public ulong CountWithout(ulong behind, ulong upTo, HashSet<ulong> others)
    {
        ulong count = 0;
        for (int at = CountUpTo(_sequences[^1], behind); at < _sequences[^1].Count && _sequences[^1][at] <= upTo; at++) count += others.Contains(_sequences[^1][at]) ? 0u : 1u;
        return count;
    }

    /// <summary>Whether a sequence is known to be a message of a subject.</summary>
    public bool IsOf(ulong sequence, int subject) => _sequences[subject].BinarySearch(sequence) >= 0;

    /// <summary>A publish was acknowledged: each message has one place in the stream, however often it was published.</summary>
    // Ids are known again after a kill by the messages that have them; where those were acknowledged and removed, nothing is known.
    public void OnStored(string id, JsonElement acknowledgement)
    {
        if (acknowledgement.TryGetProperty("error", out JsonElement error)) throw new InvalidOperationException($"{id} was refused: {error}");
        ulong sequence = acknowledgement.GetProperty("seq").GetUInt64();
        bool isOpen = _open.Remove(id);
        if (_stored.TryGetValue(id, out ulong before) && before == sequence)
        {
            if (!isOpen && !acknowledgement.TryGetProperty("duplicate", out _)) throw new InvalidOperationException($"{id} is no duplicate: {acknowledgement}");
            return;
        }

        if (isComplete && before != 0) throw new InvalidOperationException($"{id} was stored as {before} and as {sequence}");
        _stored[id] = sequence;
        LatelyStored = id;
        Insert(_sequences[NumberOf(id)], sequence);
        Insert(_sequences[^1], sequence);
    }

    /// <summary>What the server says of it adds up.</summary>
    /// <param name="stored">The last message that was stored for sure when it was asked.</param>
    /// <param name="settled">Messages that its consumer was done with for sure then, of one that keeps no others.</param>
    /// <param name="acknowledged">Messages that its consumer may be done with.</param>
    public void CheckState(JsonElement state, ulong stored, ulong settled, HashSet<ulong> acknowledged)
    {
        (ulong messages, ulong last) = (state.GetProperty("messages").GetUInt64(), state.GetProperty("last_seq").GetUInt64());
        ulong least = isComplete ? last : (ulong)_sequences[^1].Count(sequence => sequence <= stored && !acknowledged.Contains(sequence));
        ulong most = isComplete ? last : last - settled;
        bool isRight = messages >= least && messages <= most && last >= stored && (!isComplete || last <= Sent);
        if (!isRight) throw new InvalidOperationException($"{name} has {state}, and {stored} were stored, {settled} settled, {least} to {most} are there");
    }

    private static int NumberOf(string id) => int.Parse(id.AsSpan(id.IndexOf('-') + 1), CultureInfo.InvariantCulture) % Subjects;

    // They come in order, but for what was open at a restart.
    private static void Insert(List<ulong> sequences, ulong sequence)
    {
        int at = sequences.Count;
        while (at > 0 && sequences[at - 1] > sequence) at--;
        if (at == 0 || sequences[at - 1] != sequence) sequences.Insert(at, sequence);
    }

    private static int CountUpTo(List<ulong> sequences, ulong sequence)
    {
        int at = CollectionsMarshal.AsSpan(sequences).BinarySearch(sequence);
        return at < 0 ? ~at : at + 1;
    }
}
