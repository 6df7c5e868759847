using CsCheck;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Batches;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing.Batches;

public class AtomicBatchesTests
{
    private const long Second = 1_000_000_000;

    private readonly BatchQuota _quota = new(3, maxBytes: 1000);
    private readonly StreamHarness _stream;

    public AtomicBatchesTests() =>
        _stream = new StreamHarness(new PublishPolicy { Name = "A", AllowsAtomicBatches = true }, new BatchLimits { MaxAtomicPerStream = 2, MaxAtomicSize = 3 }, _quota);

    [Fact]
    public void A_batch_that_waits_too_long_is_given_up()
    {
        Send("one", 1);
        _stream.Now += 5 * Second;
        Send("one", 2);
        Send("two", 1);
        _stream.Atomic.NextTimeout.ShouldBe(_stream.Now + (10 * Second));
        Expire(9).ShouldBeEmpty();
        Expire(1).ShouldBe(["one", "two"]);
        _quota.Batches.ShouldBe(0);
        _quota.Bytes.ShouldBe(0);
        Send("one", 3, "1").ShouldContain("10176");
        _stream.Log.State.Messages.ShouldBe(0UL);
    }

    [Fact]
    public void A_stream_and_a_server_have_only_so_many_batches()
    {
        Send("one", 1).ShouldBe("(empty)");
        Send("two", 1).ShouldBe("(empty)");
        Send("three", 1).ShouldContain("10210");
        var other = new StreamHarness(new PublishPolicy { Name = "A", AllowsAtomicBatches = true }, quota: _quota);
        other.Publish("a", Headers("x", 1))[0].ShouldBe("(empty)");
        other.Publish("a", Headers("y", 1))[0].ShouldContain("10210");
        Send("one", 2, "1").ShouldContain("\"batch\":\"one\",\"count\":2");
        other.Publish("a", Headers("y", 1))[0].ShouldBe("(empty)");
        other.Atomic.Clear();
        _stream.Atomic.Clear();
        _quota.Batches.ShouldBe(0);
        _quota.Bytes.ShouldBe(0);
    }

    [Fact]
    public void A_batch_has_only_so_many_messages_and_bytes()
    {
        for (int i = 1; i <= 3; i++) Send("one", i);
        Send("one", 4, "1").ShouldContain("atomic publish batch is too large: 3");
        for (int i = 1; i <= 3; i++) Send("two", i);
        Send("two", 4, "eob").ShouldContain("\"count\":3");
        Send("new", 9).ShouldContain("atomic publish batch is too large: 3");
        Send("big", 1, payload: new string('x', 2000)).ShouldContain("10210");
        _stream.Abandoned.ShouldBe(["one large", "big large"]);
        _quota.Bytes.ShouldBe(0);
    }

    [Fact]
    public void Why_a_batch_is_abandoned_is_told()
    {
        Send("one", 1);
        Send("one", 3);
        Send("two", 1, more: "\r\nNats-Required-Api-Level: 9");
        Send("three", 2);
        Send("four", 1, "eob");
        _stream.Abandoned.ShouldBe(["one incomplete", "two unsupported", "four incomplete"]);
        _stream.Atomic.Count.ShouldBe(0);
        _quota.Batches.ShouldBe(0);
    }

    [Fact]
    public void All_is_stored_or_nothing()
    {
        Send("one", 1);
        Send("one", 2, more: "\r\nNats-Expected-Last-Sequence: 5");
        Send("one", 3, "1").ShouldContain("10071");
        _stream.Log.State.LastSequence.ShouldBe(0UL);
        Send("two", 1);
        Send("two", 2, "1").ShouldBe("{\"stream\":\"A\",\"seq\":2,\"batch\":\"two\",\"count\":2}");
    }

    [Fact]
    public void What_a_crash_left_of_a_batch_is_found()
    {
        var log = new ListLog();
        TornBatch.TryFind(log, out _).ShouldBeFalse();
        log.Append("a");
        TornBatch.TryFind(log, out _).ShouldBeFalse();
        log.Append("a", $"NATS/1.0\r\n{Headers("b", 1)}\r\n\r\n");
        log.Append("a", $"NATS/1.0\r\n{Headers("b", 2)}\r\n\r\n");
        TornBatch.TryFind(log, out ulong keep).ShouldBeTrue();
        keep.ShouldBe(1UL);
        log.Append("a", $"NATS/1.0\r\n{Headers("b", 3, "1")}\r\n\r\n");
        TornBatch.TryFind(log, out _).ShouldBeFalse();
        log.Append("a", $"NATS/1.0\r\n{Headers("b", 99)}\r\n\r\n");
        TornBatch.TryFind(log, out _).ShouldBeFalse();
    }

    [Fact]
    public void What_only_looks_like_the_rest_of_a_batch_stays()
    {
        var log = new ListLog();
        log.Append("a", $"NATS/1.0\r\n{Headers("other", 1)}\r\n\r\n");
        log.Append("a", $"NATS/1.0\r\n{Headers("b", 2)}\r\n\r\n");
        TornBatch.TryFind(log, out _).ShouldBeFalse();
        log.Append("a");
        log.Append("a", $"NATS/1.0\r\n{Headers("b", 2)}\r\n\r\n");
        TornBatch.TryFind(log, out _).ShouldBeFalse();
        log.Append("a", $"NATS/1.0\r\n{Headers("b", 1)}\r\nNats-Scheduler: a.s\r\n\r\n");
        TornBatch.TryFind(log, out _).ShouldBeFalse("a schedule produced it");
        log.Append("a", $"NATS/1.0\r\n{Headers("c", 1)}\r\n\r\n");
        log.Append("a", $"NATS/1.0\r\n{Headers("c", 2)}\r\n\r\n");
        log.Remove(6, erase: false);
        TornBatch.TryFind(log, out ulong keep).ShouldBeTrue("the first gave way to the second");
        keep.ShouldBe(5UL);
        log.Append("a", $"NATS/1.0\r\n{Headers("c", 3)}\r\n\r\n");
        log.Remove(8, erase: false);
        TornBatch.TryFind(log, out _).ShouldBeFalse("the last message was deleted");
    }

    [Fact]
    public void Any_order_of_any_messages_keeps_the_books()
    {
        Pieces.Join(0, 30, "a1.", "a2.", "a2c", "a3c", "a2e", "b1.", "b2c", "c1.", "c1c", "a9.", "b0.").Sample(script =>
        {
            var quota = new BatchQuota(3, maxBytes: 1000);
            var stream = new StreamHarness(new PublishPolicy { Name = "A", AllowsAtomicBatches = true }, new BatchLimits { MaxAtomicPerStream = 2, MaxAtomicSize = 3 }, quota);
            for (int at = 0; at < script.Length; at += 3)
            {
                ulong before = stream.Log.State.LastSequence;
                string commit = script[at + 2] switch { 'c' => "1", 'e' => "eob", _ => "" };
                string answer = stream.Publish("a", Headers(script[at].ToString(), script[at + 1] - '0', commit))[0];
                if (!answer.Contains("\"count\"")) stream.Log.State.LastSequence.ShouldBe(before, script);
                quota.Batches.ShouldBe(stream.Atomic.Count, script);
            }

            stream.Atomic.Clear();
            quota.Bytes.ShouldBe(0, script);
        }, iter: 1000);
    }

    private string Send(string id, int sequence, string commit = "", string payload = "x", string more = "") =>
        _stream.Publish("a", Headers(id, sequence, commit) + more, payload)[0];

    private List<string> Expire(int seconds)
    {
        _stream.Now += seconds * Second;
        var abandoned = new List<string>();
        _stream.Atomic.Expire(_stream.Now, abandoned);
        return abandoned;
    }

    private static string Headers(string id, int sequence, string commit = "") =>
        $"Nats-Batch-Id: {id}\r\nNats-Batch-Sequence: {sequence}" + (commit.Length > 0 ? $"\r\nNats-Batch-Commit: {commit}" : "");
}
