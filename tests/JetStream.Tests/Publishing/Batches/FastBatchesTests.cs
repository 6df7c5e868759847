using System.Text;
using CsCheck;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Batches;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing.Batches;

public class FastBatchesTests
{
    private const long Second = 1_000_000_000;

    private readonly BatchQuota _quota = new(2);
    private readonly StreamHarness _stream;

    public FastBatchesTests() => _stream = new StreamHarness(new PublishPolicy { Name = "A", AllowsFastBatches = true }, quota: _quota);

    [Fact]
    public void Nothing_is_told_before_it_is_safe()
    {
        _stream.HoldsCommits = true;
        Send("b.2.fail.1.0").ShouldBe(["{\"type\":\"ack\",\"seq\":0,\"msgs\":2}"]);
        Send("b.2.fail.2.1").ShouldBeEmpty();
        _stream.Commit().ShouldBe(["{\"type\":\"ack\",\"seq\":2,\"msgs\":2}"]);
        Send("b.2.fail.3.1").ShouldBeEmpty();
        Send("b.2.fail.4.2").ShouldBeEmpty();
        _stream.Fast.Count.ShouldBe(1);
        _stream.Commit().ShouldBe(["{\"stream\":\"A\",\"seq\":4,\"batch\":\"b\",\"count\":4}"]);
        _quota.Batches.ShouldBe(0);
    }

    [Fact]
    public void A_gap_ends_a_batch_that_allows_none_once_the_rest_is_safe()
    {
        _stream.HoldsCommits = true;
        Send("b.9.fail.1.0");
        Send("b.9.fail.3.1").ShouldBe(["{\"type\":\"gap\",\"last_seq\":2,\"seq\":3}"]);
        Send("b.9.fail.4.1").ShouldBeEmpty();
        _stream.Commit().ShouldBe(["{\"stream\":\"A\",\"seq\":1,\"batch\":\"b\",\"count\":1}"]);
        Send("b.9.fail.5.1")[0].ShouldContain("10208");
    }

    [Fact]
    public void A_batch_that_waits_too_long_is_forgotten_unless_it_ends()
    {
        Send("one.9.fail.1.0");
        Send("two.9.fail.1.0");
        _stream.HoldsCommits = true;
        Send("two.9.fail.2.2").ShouldBeEmpty();
        Send("three.9.fail.1.0")[0].ShouldContain("10211");
        _stream.Fast.NextTimeout.ShouldBe(_stream.Now + (10 * Second));
        _stream.Now += 10 * Second;
        _stream.Fast.Expire(_stream.Now);
        Send("one.9.fail.2.1")[0].ShouldContain("10208");
        _stream.Commit().ShouldBe(["{\"stream\":\"A\",\"seq\":3,\"batch\":\"two\",\"count\":2}"]);
        _quota.Batches.ShouldBe(0);
    }

    [Fact]
    public void Who_says_that_a_batch_is_at_its_end_is_told_once_all_of_it_is_safe()
    {
        _stream.HoldsCommits = true;
        Send("b.10.fail.1.0");
        Send("b.10.fail.2.1");
        Send("b.10.fail.3.3").ShouldBeEmpty();
        _stream.Commit()[^1].ShouldBe("""rec.1.b.10.fail.3.3.$FI {"stream":"A","seq":2,"batch":"b","count":2}""");
    }

    [Fact]
    public void Batches_that_share_a_stream_are_told_more_often()
    {
        Send("one.500.fail.1.0")[0].ShouldContain("\"msgs\":500");
        Send("two.500.fail.1.0")[0].ShouldContain("\"msgs\":1}");
        List<string> told = [];
        for (int i = 2; i < 600; i++) told.AddRange(Send($"two.500.fail.{i}.1"));
        told.Select(answer => answer.Split("msgs\":")[1]).Distinct().ShouldBe(["4}", "8}", "16}", "32}", "64}", "128}", "250}"]);
    }

    [Fact]
    public void A_reply_from_another_account_stands_for_the_publishers()
    {
        byte[] headers = RulesHarness.Block("Nats-Request-Info: {\"acc\":\"X\",\"reply\":\"_INBOX.x.b.10.ok.1.0.$FI\"}");
        FastBatchRequest.Read("_R_.abc.def"u8, headers, out FastBatchRequest request).ShouldBe(FastBatchReading.Valid);
        Encoding.UTF8.GetString(request.Id).ShouldBe("b");
        FastBatchRequest.Read("_R_.abc.def"u8, RulesHarness.Block("Nats-Request-Info: {bad"), out _).ShouldBe(FastBatchReading.None);
        FastBatchRequest.Read("_R_.abc.def"u8, [], out _).ShouldBe(FastBatchReading.None);
        FastBatchRequest.Read("_INBOX.x"u8, headers, out _).ShouldBe(FastBatchReading.None);
        FastBatchRequest.Read(default, headers, out _).ShouldBe(FastBatchReading.None);
    }

    [Fact]
    public void Any_reply_subject_is_read()
    {
        Pieces.Join(0, 12, "a", ".", ".", "1", "0", "4", "ok", "fail", "$FI", ".$FI", "18446744073709551616", "-1", "\u00e9").Sample(reply =>
        {
            FastBatchReading reading = FastBatchRequest.Read(Encoding.UTF8.GetBytes(reply), [], out FastBatchRequest request);
            (reading == FastBatchReading.None).ShouldBe(reply.Length <= 4 || !reply.EndsWith(".$FI"), reply);
            if (reading == FastBatchReading.Valid) request.Sequence.ShouldBeGreaterThan(0UL);
        }, iter: 10_000);
    }

    [Fact]
    public void Any_order_of_any_messages_keeps_the_books()
    {
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 6], Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 5]).Array[0, 40].Sample(steps =>
        {
            var quota = new BatchQuota(2);
            var stream = new StreamHarness(new PublishPolicy { Name = "A", AllowsFastBatches = true }, quota: quota) { HoldsCommits = true };
            foreach ((int id, int sequence, int operation, bool gaps, int commit) in steps)
            {
                stream.Publish("a", commit == 4 ? "Nats-Msg-Id: 1" : commit == 5 ? "Nats-Expected-Last-Sequence: 99" : "", "x", $"{id}.2.{(gaps ? "ok" : "fail")}.{sequence}.{operation}");
                if (commit == 0) stream.Commit();
                quota.Batches.ShouldBe(stream.Fast.Count);
            }

            stream.Commit();
            stream.Fast.Clear();
            quota.Batches.ShouldBe(0);
        }, iter: 1000);
    }

    private List<string> Send(string fast) => _stream.Publish("a", "", "x", fast);
}
