using System.Text;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Batches;
using DotNats.JetStream.Publishing.Schedules;
using DotNats.Storage;
using Fuzz.Harness;
using JetStream.Tests.Publishing;
using Shouldly;
using Xunit;

namespace Fuzz.JetStream;

/// <summary>Streams of any kind that are published damaged headers: what is refused changes nothing, and what is stored can be read again.</summary>
public sealed class PublishFuzz
{
    private static readonly string[] Lines =
    [
        "Nats-Msg-Id: 1", "Nats-Msg-Id: 2", "Nats-Expected-Stream: A", "Nats-Expected-Last-Sequence: 1", "Nats-Expected-Last-Msg-Id: 1",
        "Nats-Expected-Last-Subject-Sequence: 0", "Nats-Expected-Last-Subject-Sequence-Subject: a.>", "Nats-Rollup: sub", "Nats-Rollup: all",
        "Nats-TTL: 5s", "Nats-TTL: never", "Nats-Incr: 5", "Nats-Incr: -99999999999999999999999", "Nats-Counter-Sources: {\"A\":{\"b\":\"1\"}}",
        "Nats-Batch-Id: b", "Nats-Batch-Id: c", "Nats-Batch-Sequence: 1", "Nats-Batch-Sequence: 2", "Nats-Batch-Commit: 1", "Nats-Batch-Commit: eob",
        "Nats-Schedule: @every 5s", "Nats-Schedule: 0 0 2 * * mon-fri", "Nats-Schedule: @at 2030-01-01T00:00:00Z", "Nats-Schedule-Target: a.3",
        "Nats-Schedule-Source: a.2", "Nats-Schedule-TTL: 5m", "Nats-Schedule-Time-Zone: Europe/Berlin", "Nats-Schedule-Rollup: sub",
        "Nats-Schedule-Next: purge", "Nats-Scheduler: a.1", "Nats-Stream-Source: A 1 > > a", "Nats-Required-Api-Level: 1", "Nats-Request-Info: {}", "K: v",
    ];

    private static readonly string[] Replies = ["inbox", "x.f.2.ok.1.0.$FI", "x.f.2.ok.2.1.$FI", "x.f.2.ok.3.2.$FI", "x.g.2.fail.1.0.$FI", "x.g.2.fail.2.3.$FI", "x.g.2.fail.1.4.$FI"];

    [Fact]
    public void What_is_refused_changes_nothing_and_what_is_stored_can_be_read() => FuzzRun.Repeat(random =>
    {
        var listener = new Deaf();
        PublishPolicy policy = Policy(random);
        var log = new MemoryLog(new LogOptions { Name = "A", RemovesOldest = !policy.DiscardsNew, Inspector = MessageInspector.For(policy.AllowsTtl, policy.AllowsSchedules) }, listener);
        var quota = new BatchQuota(3, maxBytes: 4000);
        var stream = new StreamHarness(policy, new BatchLimits { MaxAtomicSize = 3, MaxAtomicPerStream = 2, MaxFastPerStream = 2 }, quota, log);
        for (int i = 0; i < 60; i++) PublishOne(random, stream, log);
        var table = new ScheduleTable();
        table.Rebuild(log, stream.Now);
        Fire(table, log, stream.Now);
        stream.Atomic.Clear();
        stream.Fast.Clear();
        quota.Batches.ShouldBe(0);
        quota.Bytes.ShouldBe(0);
    });

    private static void PublishOne(Random random, StreamHarness stream, MemoryLog log)
    {
        LogState before = log.State;
        byte[] block = random.Next(6) == 0 ? [] : Mutations.Damage(random, Block(random), most: 2);
        byte[] reply = Mutations.Damage(random, Encoding.ASCII.GetBytes(Replies[random.Next(4) > 0 ? 0 : random.Next(Replies.Length)]), most: 1);
        byte[] payload = random.Next(3) == 0 ? "x"u8.ToArray() : [];
        stream.Now += random.NextInt64(3_000_000_000);
        List<string> answers = stream.Publish(Encoding.ASCII.GetBytes($"a.{random.Next(1, 4)}"), block, payload, reply);
        LogState after = log.State;
        if (answers is [var answer] && answer.Contains("\"error\"")) after.ShouldBe(before);
        after.LastSequence.ShouldBeLessThanOrEqualTo(before.LastSequence + 3);
    }

    private static void Fire(ScheduleTable table, MemoryLog log, long now)
    {
        var due = new List<DueSchedule>();
        var message = new ScheduledMessage(log);
        table.TakeDue(now + 100_000_000_000, 100, due);
        foreach (DueSchedule schedule in due)
        {
            message.TryMake(schedule, now).ShouldBeTrue();
            ScheduleHeaders.IsSubject(message.Subject).ShouldBeTrue();
            message.Headers.EndsWith("\r\n\r\n"u8).ShouldBeTrue();
        }
    }

    private static byte[] Block(Random random)
    {
        var text = new StringBuilder("NATS/1.0\r\n");
        for (int left = random.Next(1, 7); left > 0; left--) text.Append(Lines[random.Next(Lines.Length)]).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }

    private static PublishPolicy Policy(Random random) => new()
    {
        Name = "A",
        Subjects = new SubjectFilters("a.>"),
        IsFile = false,
        DiscardsNew = random.Next(4) == 0,
        MaxMessages = random.Next(4) == 0 ? 5 : -1,
        MaxBytes = random.Next(4) == 0 ? 500 : -1,
        MaxMessageSize = random.Next(4) == 0 ? 100 : -1,
        AllowsRollup = random.Next(4) > 0,
        AllowsTtl = random.Next(4) > 0,
        SubjectDeleteMarkerTtl = TimeSpan.FromSeconds(random.Next(2) * 60),
        AllowsCounters = random.Next(4) == 0,
        AllowsSchedules = random.Next(4) > 0,
        AllowsAtomicBatches = random.Next(4) > 0,
        AllowsFastBatches = random.Next(4) > 0,
    };

    private sealed class Deaf : ILogListener
    {
        public void OnCommitted(long position)
        {
        }

        public void OnFailed(LogStatus status, string reason) => throw new InvalidOperationException(reason);

        public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
        {
        }
    }
}
