using System.Text;
using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>A message as it was given to the log.</summary>
internal sealed record ModelMessage(ulong Sequence, string Subject, string Headers, string Payload, long Timestamp, long AddedAt)
{
    /// <summary>Position of the log at which it was removed.</summary>
    public long RemovedAt { get; set; } = long.MaxValue;

    public RemovalReason Reason { get; set; }

    public bool IsErased { get; set; }

    public long RecordBytes => 30 + Subject.Length + (Headers.Length > 0 ? 4 + Headers.Length : 0) + Payload.Length;
}

/// <summary>What a log was told and has acknowledged: what it has to have after a crash, and what it may have.</summary>
// Owner: one case. Invariant: versions of a sequence (it was cut off and given again) are in the order they were added.
internal sealed class LogModel
{
    private readonly SortedDictionary<ulong, List<ModelMessage>> _messages = [];
    private readonly List<(long Position, ulong Sequence)> _lasts = [(0, 0)];

    /// <summary>What is there as far as the log said, committed or not.</summary>
    public IEnumerable<ModelMessage> Present => _messages.Values.SelectMany(versions => versions).Where(message => message.RemovedAt == long.MaxValue);

    public void Add(ModelMessage message)
    {
        if (!_messages.TryGetValue(message.Sequence, out List<ModelMessage>? versions)) _messages[message.Sequence] = versions = [];
        versions.Add(message);
    }

    public void Remove(ulong sequence, long position, RemovalReason reason, bool erase = false)
    {
        ModelMessage message = FindPresent(sequence) ?? throw new BrokenPromiseException($"{sequence} was removed and had not been there");
        (message.RemovedAt, message.Reason, message.IsErased) = (position, reason, erase);
    }

    public ModelMessage? FindPresent(ulong sequence) =>
        _messages.TryGetValue(sequence, out List<ModelMessage>? versions) && versions[^1].RemovedAt == long.MaxValue ? versions[^1] : null;

    /// <summary>The last sequence given away was this at a position.</summary>
    public void NoteLast(long position, ulong sequence) => _lasts.Add((position, sequence));

    /// <summary>What was erased, and everything up to a position is safe.</summary>
    public IEnumerable<ModelMessage> Erased(long committed) =>
        _messages.Values.SelectMany(versions => versions).Where(message => message.IsErased && message.RemovedAt <= committed);

    /// <summary>Nothing of what was erased and committed is on the device any more.</summary>
    public void CheckErased(long committed, FaultyFiles files)
    {
        foreach (ModelMessage message in Erased(committed))
        {
            // Short ones could be there by chance.
            if (message.Payload.Length > 12 && files.MayHold(Encoding.UTF8.GetBytes(message.Payload.TrimEnd('.'))))
                throw new BrokenPromiseException($"{message.Sequence} was erased and can still be read on the device");
        }
    }

    /// <summary>
    /// Compares with a log that was opened again after everything up to a position had been acknowledged, and goes on with what it has.
    /// </summary>
    /// <param name="found">All its messages, ascending.</param>
    /// <param name="isRemovedNow">Whether the log removed a message while it was opened.</param>
    public void Reconcile(long committed, IReadOnlyList<ModelMessage> found, Func<ulong, bool> isRemovedNow, ulong lastSequence)
    {
        var present = found.ToDictionary(message => message.Sequence);
        foreach (ModelMessage message in found)
        {
            if (!_messages.TryGetValue(message.Sequence, out List<ModelMessage>? versions)) throw new BrokenPromiseException($"{message.Sequence} is there and was never stored, or was lost before");
            if (!versions.Exists(version => IsSame(version, message) && version.RemovedAt > committed))
                throw new BrokenPromiseException($"{message.Sequence} is there and should not be, or is not what was stored: {message}; expected one of {string.Join(", ", versions)}; committed up to {committed}");
        }

        foreach (ModelMessage message in _messages.Values.SelectMany(versions => versions))
        {
            bool isPromised = message.AddedAt <= committed && message.RemovedAt == long.MaxValue;
            if (isPromised && !present.ContainsKey(message.Sequence) && !isRemovedNow(message.Sequence))
                throw new BrokenPromiseException($"{message.Sequence} was acknowledged and is lost (stored at {message.AddedAt}, committed up to {committed})");
        }

        ulong least = LeastLast(committed);
        if (lastSequence < least) throw new BrokenPromiseException($"the last sequence is {lastSequence}; {least} was acknowledged");
        _messages.Clear();
        foreach (ModelMessage message in found) _messages[message.Sequence] = [message with { AddedAt = 0, RemovedAt = long.MaxValue }];
        _lasts.Clear();
        _lasts.Add((0, lastSequence));
    }

    // The last that was acknowledged, or a lower one that was cut to since and may be safe already.
    private ulong LeastLast(long committed)
    {
        ulong least = 0;
        foreach ((long position, ulong sequence) in _lasts) least = position <= committed ? sequence : least;
        foreach ((long position, ulong sequence) in _lasts) least = position <= committed ? least : Math.Min(least, sequence);
        return least;
    }

    private static bool IsSame(ModelMessage one, ModelMessage other) =>
        one.Subject == other.Subject && one.Headers == other.Headers && one.Payload == other.Payload && one.Timestamp == other.Timestamp;
}
