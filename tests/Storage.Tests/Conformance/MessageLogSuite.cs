using System.Text;
using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Conformance;

/// <summary>What every message log does. Each kind of log derives its tests from this.</summary>
public abstract class MessageLogSuite
{
    private const long Second = 1_000_000_000;

    private readonly MessageBuffer _buffer = new();

    private protected static LogOptions Plain { get; } = new() { Name = "S", Inspector = new HeaderInspector() };

    private protected RecordingListener Listener { get; } = new();

    /// <summary>Column of this kind of log in the recorded states: 0 for memory, 1 for files.</summary>
    private protected virtual int RecordedColumn => 1;

    /// <summary>Seeds of the random test; fewer where a log is slow.</summary>
    private protected virtual int RandomRuns => 150;

    /// <summary>An empty log of its own.</summary>
    private protected abstract IMessageLog Open(LogOptions options, ILogListener listener);

    /// <summary>Bytes a message counts for.</summary>
    private protected abstract int BytesOf(int subjectLength, int headersLength, int payloadLength);

    [Fact]
    public async Task Messages_come_back_as_they_were_stored()
    {
        await using IMessageLog log = Open(Plain, Listener);
        byte[] binary = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];
        Append(log, "a.b", 10).ShouldBe(1UL);
        Append(log, "c", 20, HeaderInspector.Headers(null), binary).ShouldBe(2UL);
        Append(log, "a.b", 20, HeaderInspector.Headers(null), []).ShouldBe(3UL);
        log.TryRead(2, _buffer).ShouldBe(ReadStatus.Found);
        (_buffer.Sequence, _buffer.Timestamp, Text(_buffer.Subject), Text(_buffer.Headers)).ShouldBe((2UL, 20L, "c", Text(HeaderInspector.Headers(null))));
        _buffer.Payload.SequenceEqual(binary).ShouldBeTrue();
        log.TryRead(3, _buffer).ShouldBe(ReadStatus.Found);
        _buffer.Payload.Length.ShouldBe(0);
        log.TryRead(1, _buffer).ShouldBe(ReadStatus.Found);
        (_buffer.Headers.Length, Text(_buffer.Payload)).ShouldBe((0, "x"));
        log.TryRead(0, _buffer).ShouldBe(ReadStatus.NotFound);
        log.TryRead(4, _buffer).ShouldBe(ReadStatus.NotFound);
        log.Damage.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_sequence_may_be_given_and_must_grow()
    {
        await using IMessageLog log = Open(Plain, Listener);
        Append(log, "a", 1, sequence: 5).ShouldBe(5UL);
        (log.State.FirstSequence, log.State.Deleted).ShouldBe((5UL, 0UL));
        Append(log, "a", 1, sequence: 9).ShouldBe(9UL);
        log.State.Deleted.ShouldBe(3UL);
        log.Append(Message("a", 1, sequence: 9)).ShouldBe(new AppendResult(LogStatus.Refused, 0));
        log.Append(Message("a", 1, sequence: 7)).Status.ShouldBe(LogStatus.Refused);
        log.TryRead(7, _buffer).ShouldBe(ReadStatus.Deleted);
        Append(log, "a", 1).ShouldBe(10UL);
    }

    [Fact]
    public async Task What_is_skipped_counts_as_deleted()
    {
        await using IMessageLog log = Open(Plain, Listener);
        log.Skip(10).ShouldBe(LogStatus.Ok);
        (log.State.FirstSequence, log.State.LastSequence, log.State.Deleted).ShouldBe((11UL, 10UL, 0UL));
        Append(log, "a", 1).ShouldBe(11UL);
        log.Skip(2);
        log.Skip(0);
        Append(log, "a", 1).ShouldBe(14UL);
        var deleted = new List<ulong> { 1 };
        log.CopyDeleted(deleted);
        deleted.ShouldBe([1UL, 12UL, 13UL]);
        long before = log.State.LastTime;
        log.Skip(1);
        log.State.LastTime.ShouldBe(before);
        log.Skip(1, before + 5);
        log.State.LastTime.ShouldBe(before + 5);
    }

    [Fact]
    public async Task The_position_is_committed_when_asked()
    {
        await using IMessageLog log = Open(Plain, Listener);
        long before = log.Position;
        Append(log, "a", 1);
        Append(log, "a", 2);
        log.Remove(1, erase: false);
        log.Position.ShouldBe(before + 3);
        log.Commit();
        await Listener.WaitForAsync(log.Position);
        Listener.Committed.ShouldBe(log.Position);
        log.Remove(1, erase: false).ShouldBeFalse();
        log.Position.ShouldBe(before + 3);
    }

    [Fact]
    public async Task Limits_tell_what_they_removed()
    {
        await using IMessageLog log = Open(Plain with { MaxMessages = 2 }, Listener);
        foreach (string subject in new[] { "a", "b", "b", "c" }) Append(log, subject, 1);
        int bytes = BytesOf(1, 0, 1);
        Listener.Removals.ShouldBe([new Removal(1, "a", "", bytes, RemovalReason.Limit, true), new Removal(2, "b", "", bytes, RemovalReason.Limit, false)]);
        Listener.Removals.Clear();
        log.Remove(3, erase: true).ShouldBeTrue();
        Listener.Removals.ShouldBe([new Removal(3, "b", "", bytes, RemovalReason.Removed, true)]);
    }

    [Fact]
    public async Task What_grew_old_is_told_with_its_headers()
    {
        await using IMessageLog log = Open(Plain with { MaxAge = TimeSpan.FromSeconds(10) }, Listener);
        byte[] never = HeaderInspector.Headers("never");
        byte[] soon = HeaderInspector.Headers($"{5 * Second}");
        Append(log, "a", Second, HeaderInspector.Headers(null), [1]);
        Append(log, "kept", Second, never, [1]);
        Append(log, "b", 2 * Second, soon, [1]);
        Append(log, "b", 3 * Second);
        log.NextExpiry.ShouldBe(7 * Second);
        log.Expire((7 * Second) - 1, 100).ShouldBeFalse();
        Listener.Removals.ShouldBeEmpty();
        log.Expire(7 * Second, 100).ShouldBeFalse();
        Listener.Take().ShouldBe([new Removal(3, "b", Text(soon), BytesOf(1, soon.Length, 1), RemovalReason.Ttl, false)]);
        log.NextExpiry.ShouldBe(11 * Second);
        log.Expire(60 * Second, 1).ShouldBeTrue();
        log.Expire(60 * Second, 100).ShouldBeFalse();
        Listener.Take().Select(r => (r.Sequence, r.Reason, r.IsLastOfSubject)).ShouldBe([(1UL, RemovalReason.Age, true), (4UL, RemovalReason.Age, true)]);
        log.NextExpiry.ShouldBe(long.MaxValue);
        log.State.Messages.ShouldBe(1UL);
    }

    [Fact]
    public async Task What_is_cut_off_never_was()
    {
        await using IMessageLog log = Open(Plain, Listener);
        Append(log, "a", Second);
        Append(log, "b", 2 * Second, HeaderInspector.Headers("5", isMarked: true), [1]);
        Append(log, "c", 3 * Second);
        log.Truncate(1);
        (log.State.LastSequence, log.State.LastTime, log.NextExpiry).ShouldBe((1UL, Second, long.MaxValue));
        Append(log, "d", 4 * Second).ShouldBe(2UL);
        log.Expire(60 * Second, 100).ShouldBeFalse();
        log.TryRead(2, _buffer).ShouldBe(ReadStatus.Found);
        Text(_buffer.Subject).ShouldBe("d");
        var marked = new List<ulong>();
        log.CopyMarked(marked);
        marked.ShouldBeEmpty();
        log.Truncate(0);
        (log.State.FirstSequence, log.State.LastSequence, log.State.Subjects).ShouldBe((0UL, 0UL, 0));
        Append(log, "e", 5 * Second).ShouldBe(1UL);
    }

    [Fact]
    public async Task Rare_subjects_are_found_among_many_messages()
    {
        await using IMessageLog log = Open(Plain, Listener);
        for (int i = 1; i <= 30_000; i++) Append(log, i % 10_000 == 0 ? $"rare.{i}" : i == 5 ? "once" : $"many.{i % 50}", i);
        var rare = new SubjectFilters("rare.*", "once");
        log.TryReadNext(6, rare, _buffer).ShouldBe(ReadStatus.Found);
        _buffer.Sequence.ShouldBe(10_000UL);
        log.TryReadNext(10_001, new SubjectFilters("once"), _buffer).ShouldBe(ReadStatus.NotFound);
        log.TryReadPrevious(29_999, rare, _buffer).ShouldBe(ReadStatus.Found);
        _buffer.Sequence.ShouldBe(20_000UL);
        log.TryReadPrevious(9_999, rare, _buffer).ShouldBe(ReadStatus.Found);
        _buffer.Sequence.ShouldBe(5UL);
        log.CountPending(10_000, rare, lastPerSubject: false).ShouldBe(new PendingCount(3, 30_000));
        log.CountPending(20_001, new SubjectFilters("many.7"), lastPerSubject: false).Messages.ShouldBe(200UL);
        log.Purge("many.*"u8, 0, 10).ShouldBe(29_996UL - 10);
        log.State.Messages.ShouldBe(14UL);
    }

    [Fact]
    public async Task Readers_see_whole_messages_while_the_writer_writes()
    {
        await using IMessageLog log = Open(Plain with { MaxMessages = 500, Durability = LogDurability.Buffered }, new SilentListener());
        using var stop = new CancellationTokenSource();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(i => Task.Run(() => ReadUntil(log, i, stop.Token)))];
        byte[] payload = new byte[200];
        for (int i = 1; i <= 15_000; i++)
        {
            payload.AsSpan().Fill((byte)i);
            log.Append(new NewMessage { Timestamp = i, Subject = Utf8($"s.{i % 7}"), Payload = payload }).Sequence.ShouldBe((ulong)i);
            if (i % 5 == 0) log.Remove((ulong)i - 3, erase: i % 10 == 0);
            if (i % 50 == 0) log.Commit();
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    public static TheoryData<string> Scripts => [.. RecordedStates.Scripts];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task States_are_those_of_the_real_server(string script)
    {
        var run = new RecordedStates(script, RecordedColumn);
        await using IMessageLog log = Open(run.Options(Plain), Listener);
        run.Play(log);
    }

    [Fact]
    public void It_answers_as_a_list_would() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var random = new Random(seed);
        LogOptions options = RandomLogRun.Options(random, Plain with { FirstSequence = random.Next(4) == 0 ? (ulong)random.Next(1, 500) : 0 });
        var listener = new RecordingListener();
        IMessageLog log = Open(options, listener);
        try
        {
            var model = new ModelLog(options, m => BytesOf(m.Subject.Length, m.Headers.Length, m.Payload.Length));
            new RandomLogRun(random, log, listener, model).Run(steps: 80);
        }
        finally
        {
            log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }, iter: RandomRuns, threads: 1);

    private static void ReadUntil(IMessageLog log, int kind, CancellationToken stop)
    {
        var buffer = new MessageBuffer();
        var filter = new SubjectFilters("s.3");
        var wildcards = new SubjectFilters("s.*");
        ulong next = 1;
        while (!stop.IsCancellationRequested)
        {
            LogState state = log.State;
            (state.FirstSequence <= state.LastSequence + 1 && state.Messages <= 501).ShouldBeTrue();
            ReadStatus status = kind switch
            {
                0 => log.TryReadNext(next, filter, buffer),
                1 => log.TryReadPrevious(state.LastSequence, wildcards, buffer),
                _ => log.TryReadLast("s.5"u8, buffer),
            };
            if (status != ReadStatus.Found) continue;
            buffer.Payload.ContainsAnyExcept((byte)buffer.Sequence).ShouldBeFalse();
            Text(buffer.Subject).ShouldBe($"s.{buffer.Sequence % 7}");
            next = buffer.Sequence + 1;
        }
    }

    private static NewMessage Message(string subject, long timestamp, ulong sequence = 0) =>
        new() { Sequence = sequence, Timestamp = timestamp, Subject = Utf8(subject), Payload = "x"u8 };

    private static ulong Append(IMessageLog log, string subject, long timestamp, ulong sequence = 0)
    {
        AppendResult result = log.Append(Message(subject, timestamp, sequence));
        result.Status.ShouldBe(LogStatus.Ok);
        return result.Sequence;
    }

    private static ulong Append(IMessageLog log, string subject, long timestamp, byte[] headers, byte[] payload)
    {
        AppendResult result = log.Append(new NewMessage { Timestamp = timestamp, Subject = Utf8(subject), Headers = headers, Payload = payload });
        result.Status.ShouldBe(LogStatus.Ok);
        return result.Sequence;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
