using System.Text;
using DotNats.JetStream.Publishing.Counters;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>What the messages of a batch judged so far will have done to the stream: later ones are judged as if they had.</summary>
// Owner: whoever judges the batch. Lifetime: one judgement. Invariant: nothing of it is stored yet.
internal sealed class BatchStage
{
    private readonly Dictionary<string, SubjectStage> _subjects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _expected = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>Messages staged.</summary>
    public ulong Messages { get; private set; }

    /// <summary>As the log will count them.</summary>
    public ulong Bytes { get; private set; }

    public bool Has(ReadOnlySpan<byte> subject) => _subjects.ContainsKey(Key(subject));

    /// <summary>Messages of a subject.</summary>
    public ulong CountOf(ReadOnlySpan<byte> subject) => _subjects.GetValueOrDefault(Key(subject)).Messages;

    /// <summary>The batch has a message of that subject; its last one is a schedule or is none.</summary>
    public bool TryFindSchedule(ReadOnlySpan<byte> subject, out bool isSchedule)
    {
        bool known = _subjects.TryGetValue(Key(subject), out SubjectStage stage);
        isSchedule = stage.IsSchedule;
        return known;
    }

    /// <summary>Takes an id; false where the batch has it already.</summary>
    public bool TryAddId(ReadOnlySpan<byte> id) => _ids.Add(Key(id));

    /// <summary>The last sequence of a subject that an earlier message of the batch expected rightly.</summary>
    public bool TryFindExpected(ReadOnlySpan<byte> subject, out ulong sequence) => _expected.TryGetValue(Key(subject), out sequence);

    public void SetExpected(ReadOnlySpan<byte> subject, ulong sequence) => _expected[Key(subject)] = sequence;

    public CounterTotal? FindTotal(ReadOnlySpan<byte> subject) => _subjects.GetValueOrDefault(Key(subject)).Total;

    /// <summary>A message was judged good.</summary>
    /// <param name="total">What its subject stands at with it; null for no counter.</param>
    public void Add(ReadOnlySpan<byte> subject, long bytes, bool isSchedule, CounterTotal? total)
    {
        string key = Key(subject);
        SubjectStage stage = _subjects.GetValueOrDefault(key);
        _subjects[key] = new SubjectStage(stage.Messages + 1, isSchedule, total);
        Messages++;
        Bytes += (ulong)bytes;
    }

    public void Clear()
    {
        _subjects.Clear();
        _expected.Clear();
        _ids.Clear();
        (Messages, Bytes) = (0, 0);
    }

    // One character for each byte: subjects and ids are bytes of any kind.
    private static string Key(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private readonly record struct SubjectStage(ulong Messages, bool IsSchedule, CounterTotal? Total);
}
