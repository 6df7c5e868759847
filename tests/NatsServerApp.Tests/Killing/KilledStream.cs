using System.Collections.Concurrent;
using System.Globalization;

namespace NatsServerApp.Tests.Killing;

/// <summary>A stream of a server that is killed, and what that server has acknowledged of it.</summary>
/// <param name="name">Also the first token of its subjects.</param>
/// <param name="settings">Members of its configuration, each with a comma before it.</param>
/// <param name="mostMessages">How many it keeps; 0 for all.</param>
/// <param name="mostOfSubject">How many of a subject it keeps; 0 for all.</param>
/// <param name="isBatched">Its messages come in atomic batches of <see cref="BatchSize"/>.</param>
internal sealed class KilledStream(string name, string settings, ulong mostMessages = 0, int mostOfSubject = 0, bool isBatched = false)
{
    public const int BatchSize = 3;

    private readonly ConcurrentDictionary<ulong, Stored> _acknowledged = new();

    // By sequence, whether the removal was acknowledged; one that was only asked for may have happened or not.
    private readonly ConcurrentDictionary<ulong, bool> _removed = new();

    public string Name => name;

    public bool IsBatched => isBatched;

    public string Config => $$"""{"name":"{{name}}","subjects":["{{name}}.>"],"allow_direct":true{{settings}}}""";

    /// <summary>Number of messages acknowledged so far.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Up to here everything was checked after an earlier kill; a stream that lets go of messages is looked at whole.</summary>
    public ulong Checked { get; private set; }

    public void OnStored(ulong sequence, string subject, string payload) => _acknowledged[sequence] = new Stored(subject, payload);

    /// <summary>One that was acknowledged and may be removed; null for none.</summary>
    public ulong? PickForRemoval(Random random)
    {
        ulong sequence = Checked + 1 + (ulong)random.Next(500);
        return _acknowledged.ContainsKey(sequence) && _removed.TryAdd(sequence, false) ? sequence : null;
    }

    public void OnRemoved(ulong sequence) => _removed[sequence] = true;

    /// <summary>What is missing, wrong or back again among the messages found behind <see cref="Checked"/>.</summary>
    public List<string> Check(SortedDictionary<ulong, Stored> found)
    {
        List<string> errors = [];
        ulong last = found.Count == 0 ? 0 : found.Keys.Last();
        foreach ((ulong sequence, Stored stored) in _acknowledged.Where(entry => entry.Key > Checked))
        {
            bool isThere = found.TryGetValue(sequence, out Stored? message);
            if (isThere && message != stored) errors.Add(Text(sequence, $"is {message}, not {stored}"));
            else if (isThere && _removed.GetValueOrDefault(sequence)) errors.Add(Text(sequence, $"{stored} is back again"));
            else if (!isThere && !MayBeGone(sequence, stored, last, found)) errors.Add(Text(sequence, $"{stored} is gone"));
        }

        if (isBatched) CheckBatches(found, errors);
        if (mostMessages == 0 && mostOfSubject == 0) Checked = Math.Max(Checked, last);
        return errors;
    }

    private bool MayBeGone(ulong sequence, Stored stored, ulong last, SortedDictionary<ulong, Stored> found) =>
        _removed.ContainsKey(sequence)
        || (mostMessages > 0 && sequence + mostMessages <= last)
        || (mostOfSubject > 0 && found.Count(later => later.Key > sequence && later.Value.Subject == stored.Subject) >= mostOfSubject);

    // Those of a batch that nobody heard of are all there or none.
    private void CheckBatches(SortedDictionary<ulong, Stored> found, List<string> errors)
    {
        foreach (IGrouping<string, Stored> batch in found.Values.GroupBy(message => message.Payload.Split(' ')[0]))
        {
            if (batch.Count() != BatchSize) errors.Add($"{name}: batch {batch.Key} has {batch.Count()} messages");
        }
    }

    private string Text(ulong sequence, string what) => string.Create(CultureInfo.InvariantCulture, $"{name} {sequence}: {what}");
}

internal sealed record Stored(string Subject, string Payload);
