using System.Text;
using DotNats.Storage;
using Shouldly;

namespace Storage.Tests.Conformance;

/// <summary>Does the same at random to a log and to its model, and compares all that can be asked.</summary>
internal sealed class RandomLogRun(Random random, IMessageLog log, RecordingListener listener, ModelLog model)
{
    private static readonly string[] FilterTexts =
        ["", ">", "a.>", "a.*", "*.b", "*", "*.*", "a.b", "a", "a.b.c", "kv.*", "kv.3", "kv.>", "none", "none.*", "*.*.c", "long.>"];

    private readonly MessageBuffer _buffer = new();
    private readonly byte[][] _subjects = Subjects(random);
    private long _now = 1_700_000_000_000_000_000;

    public static LogOptions Options(Random random, LogOptions basis) => basis with
    {
        MaxMessages = random.Next(3) == 0 ? random.Next(1, 60) : -1,
        MaxBytes = random.Next(4) == 0 ? random.Next(40, 4000) : -1,
        MaxMessagesPerSubject = random.Next(3) == 0 ? random.Next(1, 6) : -1,
        MaxAge = random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 200)) : TimeSpan.Zero,
        RemovesOldest = random.Next(5) != 0,
    };

    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            Step();
            CompareRemovals();
            log.State.ShouldBe(model.State);
            log.NextExpiry.ShouldBe(model.NextExpiry);
            if (random.Next(4) == 0) log.Commit();
            if (random.Next(3) == 0) CompareReads();
        }

        log.Commit();
        CompareAll();
    }

    public void CompareAll()
    {
        log.State.ShouldBe(model.State);
        for (int i = 0; i < 5; i++) CompareReads();
        foreach (ModelMessage message in model.Messages) CompareFound(log.TryRead(message.Sequence, _buffer), message);
        var deleted = new List<ulong>();
        log.CopyDeleted(deleted);
        var expected = new List<ulong>();
        for (ulong sequence = model.First; model.Messages.Count > 0 && sequence <= model.Last; sequence++)
        {
            if (model.StatusOf(sequence) == ReadStatus.Deleted) expected.Add(sequence);
        }

        deleted.ShouldBe(expected);
        var marked = new List<ulong>();
        log.CopyMarked(marked);
        marked.ShouldBe(model.Messages.Where(m => m.Facts.IsMarked).Select(m => m.Sequence));
    }

    private static byte[][] Subjects(Random random)
    {
        var subjects = new List<string> { "a", "a.b", "a.b.c", "b.b", "none2" };
        for (int i = 0; i < random.Next(1, 40); i++) subjects.Add($"kv.{i}");
        subjects.Add($"long.{new string('x', random.Next(1, 300))}.{random.Next(9)}");
        return [.. subjects.Select(Encoding.Latin1.GetBytes)];
    }

    private void Step()
    {
        int kind = random.Next(100);
        if (kind < 70)
        {
            Append();
        }
        else if (kind < 82)
        {
            ulong sequence = SomeSequence();
            log.Remove(sequence, erase: random.Next(2) == 0).ShouldBe(model.Remove(sequence));
        }
        else if (kind < 88)
        {
            Purge();
        }
        else if (kind < 90)
        {
            ulong count = random.Next(5) == 0 ? (ulong)random.Next(1000) : (ulong)random.Next(4);
            log.Skip(count).ShouldBe(LogStatus.Ok);
            if (count > 0) model.Skip(count);
        }
        else if (kind < 91)
        {
            ulong last = SomeSequence();
            log.Truncate(last);
            model.Truncate(last);
        }
        else if (kind < 98)
        {
            Expire();
        }
        else
        {
            LogOptions options = Options(random, model.Options);
            log.Update(options);
            model.Update(options);
        }
    }

    private void Append()
    {
        int count = random.Next(8) == 0 ? random.Next(1, 60) : 1;
        for (int i = 0; i < count; i++)
        {
            _now += random.Next(3) == 0 ? 0 : random.Next(3_000_000);
            byte[] subject = _subjects[random.Next(_subjects.Length)];
            byte[] headers = random.Next(4) == 0 ? SomeHeaders() : [];
            byte[] payload = new byte[random.Next(20) == 0 ? random.Next(5000) : random.Next(60)];
            random.NextBytes(payload);
            ulong sequence = random.Next(20) switch { 0 => model.Last + (ulong)random.Next(1, 5), 1 => (ulong)random.Next((int)Math.Min(model.Last + 1, 1000)), _ => 0 };
            var message = new NewMessage { Sequence = sequence, Timestamp = _now, Subject = subject, Headers = headers, Payload = payload };
            log.Append(message).ShouldBe(model.Append(sequence, _now, subject, headers, payload));
        }
    }

    private byte[] SomeHeaders()
    {
        string? time = random.Next(4) switch { 0 => "never", 1 or 2 => random.Next(100_000_000).ToString(), _ => null };
        return HeaderInspector.Headers(time, random.Next(4) == 0);
    }

    private void Purge()
    {
        byte[] filter = SomeFilter();
        ulong before = random.Next(2) == 0 ? 0 : SomeSequence();
        ulong keep = random.Next(3) == 0 ? (ulong)random.Next(1, 10) : 0;
        // Rarely everything, or nothing would ever grow.
        if (filter.Length == 0 && keep == 0 && random.Next(3) != 0) before = model.First + (ulong)random.Next(3);
        log.Purge(filter, before, keep).ShouldBe(model.Purge(filter, before, keep));
    }

    private void Expire()
    {
        _now += random.Next(10_000_000);
        int most = random.Next(3) == 0 ? random.Next(1, 4) : int.MaxValue;
        log.Expire(_now, most).ShouldBe(model.Expire(_now, most));
    }

    private ulong SomeSequence() => random.Next(6) switch
    {
        0 => (ulong)random.Next((int)Math.Min(model.Last + 5, int.MaxValue)),
        1 => model.First + (ulong)random.Next(3),
        _ => model.Messages.Count == 0 ? 0 : model.Messages[random.Next(model.Messages.Count)].Sequence,
    };

    private byte[] SomeFilter() => Encoding.Latin1.GetBytes(FilterTexts[random.Next(FilterTexts.Length)]);

    /// <summary>No order is agreed on within a call, but who is last of a subject is.</summary>
    private void CompareRemovals()
    {
        List<Removal> expected = model.TakeRemovals();
        List<Removal> found = listener.Take();
        if (found.SequenceEqual(expected)) return;
        Plain(found).ShouldBe(Plain(expected));
        LastSubjects(found).ShouldBe(LastSubjects(expected));
        static IEnumerable<Removal> Plain(List<Removal> removals) => removals.Select(r => r with { IsLastOfSubject = false }).OrderBy(r => r.Sequence).ToArray();
        static IEnumerable<string> LastSubjects(List<Removal> removals) => removals.Where(r => r.IsLastOfSubject).Select(r => r.Subject).Order().ToArray();
    }

    private void CompareReads()
    {
        ulong from = SomeSequence();
        byte[][] filters = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => SomeFilter()).Where(f => f.Length > 0)];
        SubjectFilters? several = filters.Length == 0 ? null : new SubjectFilters([.. filters.Select(Encoding.Latin1.GetString)]);
        byte[] one = SomeFilter();
        ModelMessage[] matching = [.. model.Messages.Where(m => ModelLog.Matches(m, filters))];
        ModelMessage[] behind = [.. matching.Where(m => m.Sequence >= from)];

        ReadStatus status = log.TryRead(from, _buffer);
        status.ShouldBe(model.StatusOf(from));
        if (status == ReadStatus.Found) CompareFound(status, model.Messages.First(m => m.Sequence == from));
        CompareFound(log.TryReadNext(from, several, _buffer), behind.FirstOrDefault());
        CompareFound(log.TryReadPrevious(from, several, _buffer), matching.LastOrDefault(m => m.Sequence <= from));
        bool isAll = one.Length == 0 || one.AsSpan().SequenceEqual(">"u8);
        CompareFound(log.TryReadLast(one, _buffer), model.Messages.LastOrDefault(m => isAll ? m.Sequence == model.Last : ModelLog.Matches(m, one)));
        log.CountPending(from, several, lastPerSubject: false).ShouldBe(new PendingCount((ulong)behind.Length, model.Last));
        int subjects = matching.GroupBy(m => m.SubjectText).Count(g => g.Last().Sequence >= from);
        log.CountPending(from, several, lastPerSubject: true).ShouldBe(new PendingCount((ulong)subjects, model.Last));
        CompareSubjects(one, from);
        CompareLasts(several, matching);
        CompareTimes();
    }

    private void CompareSubjects(byte[] filter, ulong from)
    {
        ModelMessage[] matching = [.. model.Messages.Where(m => ModelLog.Matches(m, filter))];
        log.GetFiltered(from, filter).ShouldBe(StateOf([.. matching.Where(m => m.Sequence >= from)]));
        byte[] subject = _subjects[random.Next(_subjects.Length)];
        log.GetSubject(subject).ShouldBe(StateOf([.. model.Messages.Where(m => m.Subject.AsSpan().SequenceEqual(subject))]));
        var counts = new List<KeyValuePair<string, ulong>>();
        log.CopySubjects(filter, counts);
        var expected = matching.GroupBy(m => m.SubjectText).Select(g => new KeyValuePair<string, ulong>(g.Key, (ulong)g.Count())).OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
        counts.OrderBy(p => p.Key, StringComparer.Ordinal).ShouldBe(expected);
        log.CountSubjects(filter).ShouldBe(expected.Count);
    }

    private void CompareLasts(SubjectFilters? several, ModelMessage[] matching)
    {
        ulong upTo = random.Next(2) == 0 ? 0 : SomeSequence();
        int most = random.Next(3) == 0 ? random.Next(1, 5) : 0;
        ulong[] expected = [.. matching.Where(m => upTo == 0 || m.Sequence <= upTo).GroupBy(m => m.SubjectText).Select(g => g.Last().Sequence).Order()];
        var found = new List<ulong> { 42 };
        bool isEnough = most == 0 || expected.Length <= most;
        log.TryCopyLastSequences(several, upTo, most, found).ShouldBe(isEnough);
        found.ShouldBe(isEnough ? [42, .. expected] : [42]);
        CompareLists(several, matching);
    }

    private void CompareLists(SubjectFilters? several, ModelMessage[] matching)
    {
        SequenceList list = log.FindLastSequences(several);
        var found = new List<ulong>();
        for (ulong at = list.NextFrom(0); at != 0; at = list.NextFrom(at + 1)) found.Add(at);
        found.ShouldBe(matching.GroupBy(m => m.SubjectText).Select(g => g.Last().Sequence).Order());
        list.Count.ShouldBe(found.Count);
        if (several is null) return;
        byte[][] filters = [.. Enumerable.Range(0, several.Count).Select(i => several[i].ToArray())];
        if (!filters.Any(f => f.AsSpan().SequenceEqual(">"u8))) log.FindLast(several).ShouldBe(matching.LastOrDefault()?.Sequence ?? 0);
        ulong enough = SomeSequence();
        ulong first = model.Messages.FirstOrDefault(m => ModelLog.Matches(m, filters[0]))?.Sequence ?? 0;
        ulong early = log.FindFirst(filters[0], enough);
        if (first != 0 && first < enough) early.ShouldBeInRange(first, enough - 1);
        else early.ShouldBe(first);
    }

    private void CompareTimes()
    {
        long time = model.Messages.Count == 0 ? _now : model.Messages[random.Next(model.Messages.Count)].Timestamp + random.Next(-1, 2);
        log.FirstSequenceSince(time).ShouldBe(model.Messages.FirstOrDefault(m => m.Timestamp >= time)?.Sequence ?? model.Last + 1);
    }

    private void CompareFound(ReadStatus status, ModelMessage? expected)
    {
        status.ShouldBe(expected is null ? ReadStatus.NotFound : ReadStatus.Found);
        if (expected is null) return;
        (_buffer.Sequence, _buffer.Timestamp).ShouldBe((expected.Sequence, expected.Timestamp));
        if (!_buffer.Subject.SequenceEqual(expected.Subject)) _buffer.Subject.ToArray().ShouldBe(expected.Subject);
        if (!_buffer.Headers.SequenceEqual(expected.Headers)) _buffer.Headers.ToArray().ShouldBe(expected.Headers);
        if (!_buffer.Payload.SequenceEqual(expected.Payload)) _buffer.Payload.ToArray().ShouldBe(expected.Payload);
    }

    private static SubjectState StateOf(ModelMessage[] messages) =>
        messages.Length == 0 ? default : new SubjectState((ulong)messages.Length, messages[0].Sequence, messages[^1].Sequence);
}
