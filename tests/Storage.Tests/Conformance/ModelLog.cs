using System.Text;
using DotNats.Primitives;
using DotNats.Storage;

namespace Storage.Tests.Conformance;

internal sealed record ModelMessage(ulong Sequence, long Timestamp, byte[] Subject, byte[] Headers, byte[] Payload, MessageFacts Facts)
{
    public string SubjectText { get; } = Encoding.Latin1.GetString(Subject);
}

/// <summary>A message log as a list: slow and plainly right.</summary>
internal sealed class ModelLog
{
    private readonly Func<ModelMessage, int> _bytesOf;
    private readonly List<ModelMessage> _messages = [];
    private readonly List<Removal> _removals = [];

    public ModelLog(LogOptions options, Func<ModelMessage, int> bytesOf)
    {
        (Options, _bytesOf) = (options, bytesOf);
        if (options.FirstSequence > 0) (First, Last) = (options.FirstSequence, options.FirstSequence - 1);
    }

    public LogOptions Options { get; private set; }

    public ulong First { get; private set; }

    public ulong Last { get; private set; }

    public long LastTime { get; private set; }

    public IReadOnlyList<ModelMessage> Messages => _messages;

    public LogState State => new(
        (ulong)_messages.Count, (ulong)_messages.Sum(m => (long)_bytesOf(m)), First, _messages.Count == 0 ? 0 : _messages[0].Timestamp, Last, LastTime,
        _messages.Select(m => m.SubjectText).Distinct().Count(), _messages.Count == 0 ? 0 : Last - First + 1 - (ulong)_messages.Count, 0);

    public long NextExpiry
    {
        get
        {
            IEnumerable<long> aging = Options.MaxAge > TimeSpan.Zero
                ? _messages.Where(m => m.Facts.ExpiresAt != long.MaxValue).Select(m => m.Timestamp + (Options.MaxAge.Ticks * 100))
                : [];
            return aging.Concat(_messages.Where(m => m.Facts.ExpiresAt != 0).Select(m => m.Facts.ExpiresAt)).DefaultIfEmpty(long.MaxValue).Min();
        }
    }

    public List<Removal> TakeRemovals()
    {
        List<Removal> taken = [.. _removals];
        _removals.Clear();
        return taken;
    }

    public AppendResult Append(ulong sequence, long timestamp, byte[] subject, byte[] headers, byte[] payload)
    {
        if (sequence == 0) sequence = Last + 1;
        if (sequence <= Last) return new AppendResult(LogStatus.Refused, 0);
        MessageFacts facts = headers.Length > 0 && Options.Inspector is { } inspector ? inspector.Inspect(subject, headers, timestamp) : default;
        _messages.Add(new ModelMessage(sequence, timestamp, subject, headers, payload, facts));
        (Last, LastTime) = (sequence, timestamp);
        SetFirst();
        ModelMessage[] same = [.. _messages.Where(m => m.SubjectText == _messages[^1].SubjectText)];
        for (int i = 0; IsOver(same.Length - i, Options.MaxMessagesPerSubject); i++) Remove(same[i], RemovalReason.Limit);
        EnforceLimits();
        return new AppendResult(LogStatus.Ok, sequence);
    }

    public void Skip(ulong count)
    {
        Last += count;
        SetFirst();
    }

    public bool Remove(ulong sequence)
    {
        ModelMessage? message = _messages.Find(m => m.Sequence == sequence);
        if (message is not null) Remove(message, RemovalReason.Removed);
        return message is not null;
    }

    public ulong Purge(byte[] filter, ulong before, ulong keep)
    {
        if (before == 1) return 0;
        bool isWhole = keep == 0 && (filter.Length == 0 || filter.AsSpan().SequenceEqual(">"u8));
        ModelMessage[] matching = [.. _messages.Where(m => Matches(m, filter))];
        if (keep > 0) matching = matching[..Math.Max(0, matching.Length - (int)Math.Min(keep, int.MaxValue))];
        if (before > 0) matching = [.. matching.Where(m => m.Sequence < before)];
        foreach (ModelMessage message in matching) Remove(message, RemovalReason.Purged);
        if (!isWhole) return (ulong)matching.Length;
        if (before == 0) First = Last + 1;
        else if (before > Last) (First, Last) = (before, before - 1);
        return (ulong)matching.Length;
    }

    public void Truncate(ulong last)
    {
        if (last >= Last) return;
        foreach (ModelMessage message in _messages.Where(m => m.Sequence > last).Reverse().ToArray()) Remove(message, RemovalReason.Removed);
        Last = last;
        LastTime = _messages.Count == 0 ? 0 : _messages[^1].Timestamp;
        SetFirst();
    }

    public bool Expire(long now, int maxCount)
    {
        if (Options.MaxAge > TimeSpan.Zero)
        {
            long oldest = now - (Options.MaxAge.Ticks * 100);
            foreach (ModelMessage message in _messages.Where(m => m.Timestamp <= oldest && m.Facts.ExpiresAt != long.MaxValue).Take(maxCount).ToArray())
            {
                Remove(message, RemovalReason.Age);
                maxCount--;
            }
        }

        foreach (ModelMessage message in _messages.Where(m => m.Facts.ExpiresAt is not 0 and not long.MaxValue && m.Facts.ExpiresAt <= now)
                     .OrderBy(m => m.Facts.ExpiresAt).Take(maxCount).ToArray()) Remove(message, RemovalReason.Ttl);
        return NextExpiry <= now;
    }

    public void Update(LogOptions options)
    {
        Options = options;
        EnforceLimits();
        foreach (IGrouping<string, ModelMessage> subject in _messages.GroupBy(m => m.SubjectText).ToArray())
        {
            ModelMessage[] messages = [.. subject];
            for (int i = 0; IsOver(messages.Length - i, Options.MaxMessagesPerSubject); i++) Remove(messages[i], RemovalReason.Limit);
        }
    }

    public ReadStatus StatusOf(ulong sequence)
    {
        if (_messages.Exists(m => m.Sequence == sequence)) return ReadStatus.Found;
        return sequence >= First && sequence <= Last ? ReadStatus.Deleted : ReadStatus.NotFound;
    }

    public static bool Matches(ModelMessage message, params ReadOnlySpan<byte[]> filters)
    {
        if (filters.IsEmpty) return true;
        foreach (byte[] filter in filters)
        {
            if (filter.Length == 0 || Subjects.Matches(message.Subject, filter)) return true;
        }

        return false;
    }

    private static bool IsOver(long value, long limit) => limit > 0 && value > limit;

    private void EnforceLimits()
    {
        while (Options.RemovesOldest && _messages.Count > 0
               && (IsOver(_messages.Count, Options.MaxMessages) || IsOver(_messages.Sum(m => (long)_bytesOf(m)), Options.MaxBytes)))
            Remove(_messages[0], RemovalReason.Limit);
    }

    private void Remove(ModelMessage message, RemovalReason reason)
    {
        _messages.Remove(message);
        if (message.Sequence == First || _messages.Count == 0) SetFirst();
        bool isLast = !_messages.Exists(m => m.SubjectText == message.SubjectText);
        _removals.Add(new Removal(message.Sequence, message.SubjectText, Removal.ToldHeaders(message.Headers, reason), _bytesOf(message), reason, isLast));
    }

    private void SetFirst()
    {
        if (_messages.Count > 0) First = _messages[0].Sequence;
        else First = Last == 0 ? 0 : Last + 1;
    }
}
