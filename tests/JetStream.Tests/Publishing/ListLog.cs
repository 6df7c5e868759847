using System.Text;
using DotNats.JetStream.Publishing;
using DotNats.Primitives;
using DotNats.Storage;

namespace JetStream.Tests.Publishing;

/// <summary>A message log for tests of rules: a list, and every answer found by looking through it.</summary>
internal sealed class ListLog : IMessageLog
{
    private readonly List<Stored> _messages = [];
    private ulong _last;

    public long MaxMessagesPerSubject { get; set; } = -1;

    public bool IsFile { get; set; } = true;

    public LogState State
    {
        get
        {
            ulong bytes = 0;
            foreach (Stored message in _messages) bytes += (ulong)RoomRules.SizeOf(IsFile, message.Subject.Length, message.Headers.Length, message.Payload.Length);
            ulong first = _messages.Count > 0 ? _messages[0].Sequence : _last + 1;
            return new LogState((ulong)_messages.Count, bytes, first, 0, _last, 0, 0, 0, 0);
        }
    }

    public LogOptions Options { get; } = new() { Name = "S" };

    public IReadOnlyList<LogDamage> Damage => [];

    public long Position { get; private set; }

    public long NextExpiry => long.MaxValue;

    public AppendResult Append(in NewMessage message)
    {
        _last = message.Sequence == 0 ? _last + 1 : message.Sequence;
        _messages.Add(new Stored(_last, message.Timestamp, message.Subject.ToArray(), message.Headers.ToArray(), message.Payload.ToArray()));
        Position++;
        if (MaxMessagesPerSubject > 0) Purge(message.Subject, 0, (ulong)MaxMessagesPerSubject);
        return new AppendResult(LogStatus.Ok, _last);
    }

    public ulong Append(string subject, string headers = "", string payload = "", long timestamp = 0) =>
        Append(new NewMessage { Timestamp = timestamp, Subject = Encoding.UTF8.GetBytes(subject), Headers = Encoding.UTF8.GetBytes(headers), Payload = Encoding.UTF8.GetBytes(payload) }).Sequence;

    public LogStatus Skip(ulong count, long timestamp = 0)
    {
        _last += count;
        return LogStatus.Ok;
    }

    public void Commit()
    {
    }

    public bool Remove(ulong sequence, bool erase) => _messages.RemoveAll(message => message.Sequence == sequence) > 0;

    public ulong Purge(ReadOnlySpan<byte> filter, ulong before, ulong keep)
    {
        byte[] wanted = filter.ToArray();
        List<Stored> matching = [.. _messages.Where(message => (wanted.Length == 0 || Subjects.Matches(message.Subject, wanted)) && (before == 0 || message.Sequence < before))];
        int count = Math.Max(0, matching.Count - (int)keep);
        foreach (Stored message in matching.Take(count)) _messages.Remove(message);
        return (ulong)count;
    }

    public void Truncate(ulong lastSequence)
    {
        _messages.RemoveAll(message => message.Sequence > lastSequence);
        _last = lastSequence;
    }

    public bool Expire(long now, int maxCount) => false;

    public void Update(LogOptions options)
    {
    }

    public ReadStatus TryRead(ulong sequence, MessageBuffer target) => Fill(_messages.Find(message => message.Sequence == sequence), target);

    public ReadStatus TryReadNext(ulong from, SubjectFilters? filters, MessageBuffer target) =>
        Fill(_messages.Find(message => message.Sequence >= from && (filters is null || filters.Match(message.Subject))), target);

    public ReadStatus TryReadPrevious(ulong from, SubjectFilters? filters, MessageBuffer target) =>
        Fill(_messages.FindLast(message => message.Sequence <= from && (filters is null || filters.Match(message.Subject))), target);

    public ReadStatus TryReadLast(ReadOnlySpan<byte> filter, MessageBuffer target)
    {
        byte[] wanted = filter.ToArray();
        return Fill(_messages.FindLast(message => Subjects.Matches(message.Subject, wanted)), target);
    }

    public ulong FirstSequenceSince(long time) => _messages.Find(message => message.Timestamp >= time)?.Sequence ?? _last + 1;

    public PendingCount CountPending(ulong from, SubjectFilters? filters, bool lastPerSubject) => throw new NotSupportedException();

    public SubjectState GetSubject(ReadOnlySpan<byte> subject) => GetFiltered(0, subject);

    public SubjectState GetFiltered(ulong from, ReadOnlySpan<byte> filter)
    {
        byte[] wanted = filter.ToArray();
        List<Stored> matching = [.. _messages.Where(message => message.Sequence >= from && Subjects.Matches(message.Subject, wanted))];
        return matching.Count == 0 ? default : new SubjectState((ulong)matching.Count, matching[0].Sequence, matching[^1].Sequence);
    }

    public void CopySubjects(ReadOnlySpan<byte> filter, ICollection<KeyValuePair<string, ulong>> target) => throw new NotSupportedException();

    public int CountSubjects(ReadOnlySpan<byte> filter) => throw new NotSupportedException();

    public bool TryCopyLastSequences(SubjectFilters? filters, ulong upTo, int maxCount, List<ulong> target) => throw new NotSupportedException();

    public void CopyDeleted(List<ulong> target) => throw new NotSupportedException();

    public void CopyMarked(List<ulong> target) => target.AddRange(_messages.Where(message => Encoding.UTF8.GetString(message.Headers).Contains("\r\nNats-Schedule:")).Select(message => message.Sequence));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>What is stored, one message a line.</summary>
    public string[] Dump() => [.. _messages.Select(message => Line(message.Sequence, message.Subject, message.Headers, message.Payload, "|"))];

    /// <summary>A message as text: sequence, subject, headers without their status line, payload.</summary>
    public static string Line(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, string separator)
    {
        string block = Encoding.UTF8.GetString(headers).Replace("NATS/1.0\r\n", "").Replace("\r\n\r\n", "").Replace("\r\n", separator);
        return $"{sequence} {Encoding.UTF8.GetString(subject)} [{block}] {Encoding.UTF8.GetString(payload)}";
    }

    private static ReadStatus Fill(Stored? message, MessageBuffer target)
    {
        if (message is null) return ReadStatus.NotFound;
        target.Set(message.Sequence, message.Timestamp, message.Subject, message.Headers, message.Payload);
        return ReadStatus.Found;
    }

    private sealed record Stored(ulong Sequence, long Timestamp, byte[] Subject, byte[] Headers, byte[] Payload);
}
