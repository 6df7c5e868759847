using System.Text;
using CsCheck;
using DotNats.JetStream.Publishing.Headers;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing.Headers;

public class PublishHeadersTests
{
    [Fact]
    public void Every_name_is_found_and_nothing_else()
    {
        foreach (PublishHeader header in Enum.GetValues<PublishHeader>()) Value($"NATS/1.0\r\nA: b\r\n{Name(header)}: v\r\n\r\n", header).ShouldBe("v");
        new PublishHeaders("NATS/1.0\r\nNats-Msg-Idx: 1\r\nNats-Msg-I: 1\r\nnats-msg-id: 1\r\nX-Nats-Msg-Id: 1\r\n\r\n"u8).IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("NATS/1.0\r\nNats-Msg-Id: a\r\nNats-Msg-Id: b\r\n\r\n", "a")]
    [InlineData("NATS/1.0\r\nNats-Msg-Id:a\r\n\r\n", "a")]
    [InlineData("NATS/1.0\r\nNats-Msg-Id:   a  b \r\n\r\n", "a  b ")]
    [InlineData("NATS/1.0\r\nNats-Msg-Id:\ta\r\n\r\n", "\ta")]
    [InlineData("NATS/1.0\r\nNats-Msg-Id: a\nb\r\n\r\n", "a\nb")]
    [InlineData("NATS/1.0\r\nNats-Msg-Id: a", "a")]
    [InlineData("NATS/1.0\r\nNats-Msg-Id : a\r\n\r\n", "")]
    [InlineData("NATS/1.0\r\nNats-Msg-Id\r\nNats-Msg-Id: b\r\n\r\n", "b")]
    [InlineData("Nats-Msg-Id: a\r\n\r\n", "")]
    [InlineData("NATS/1.0\nNats-Msg-Id: a\n\n", "")]
    [InlineData("", "")]
    public void A_value_is_read_as_the_real_server_reads_it(string block, string expected)
    {
        Value(block, PublishHeader.MessageId).ShouldBe(expected);
        Encoding.UTF8.GetString(HeaderLookup.Find(Encoding.UTF8.GetBytes(block), "Nats-Msg-Id"u8)).ShouldBe(expected);
    }

    [Fact]
    public void A_header_without_a_value_is_there()
    {
        var headers = new PublishHeaders("NATS/1.0\r\nNats-Batch-Commit: \r\n\r\n"u8);
        headers.Has(PublishHeader.BatchCommit).ShouldBeTrue();
        headers.HasValue(PublishHeader.BatchCommit).ShouldBeFalse();
        headers.Has(PublishHeader.BatchId).ShouldBeFalse();
    }

    [Fact]
    public void One_pass_finds_what_a_search_for_each_name_finds()
    {
        Pieces.Join(0, 24, "\r\n", "\r\n", "\n", ":", ": ", " ", "x", "1", "Nats-", "Nats-Msg-Id", "Nats-Rollup", "Nats-Schedule", "Nats-TTL", "NATS/1.0").Sample(block =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(block);
            foreach (PublishHeader header in Enum.GetValues<PublishHeader>())
                Value(block, header).ShouldBe(Encoding.UTF8.GetString(HeaderLookup.Find(bytes, Encoding.UTF8.GetBytes(Name(header)))), block);
        }, iter: 5_000);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        byte[] block = Encoding.UTF8.GetBytes("NATS/1.0\r\nA: b\r\nNats-Msg-Id: 1\r\nNats-Expected-Last-Sequence: 7\r\n\r\n");
        int found = 0;
        for (int i = 0; i < 100; i++) found += new PublishHeaders(block)[PublishHeader.MessageId].Length;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) found += new PublishHeaders(block)[PublishHeader.MessageId].Length;
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        found.ShouldBe(200);
    }

    private static string Value(string block, PublishHeader header) => Encoding.UTF8.GetString(new PublishHeaders(Encoding.UTF8.GetBytes(block))[header]);

    private static string Name(PublishHeader header) => header switch
    {
        PublishHeader.MessageId => "Nats-Msg-Id",
        PublishHeader.ExpectedStream => "Nats-Expected-Stream",
        PublishHeader.ExpectedLastSequence => "Nats-Expected-Last-Sequence",
        PublishHeader.ExpectedLastSubjectSequence => "Nats-Expected-Last-Subject-Sequence",
        PublishHeader.ExpectedLastSubjectSequenceSubject => "Nats-Expected-Last-Subject-Sequence-Subject",
        PublishHeader.ExpectedLastMessageId => "Nats-Expected-Last-Msg-Id",
        PublishHeader.Rollup => "Nats-Rollup",
        PublishHeader.Ttl => "Nats-TTL",
        PublishHeader.Increment => "Nats-Incr",
        PublishHeader.CounterSources => "Nats-Counter-Sources",
        PublishHeader.StreamSource => "Nats-Stream-Source",
        PublishHeader.BatchId => "Nats-Batch-Id",
        PublishHeader.BatchSequence => "Nats-Batch-Sequence",
        PublishHeader.BatchCommit => "Nats-Batch-Commit",
        PublishHeader.Schedule => "Nats-Schedule",
        PublishHeader.ScheduleTarget => "Nats-Schedule-Target",
        PublishHeader.ScheduleSource => "Nats-Schedule-Source",
        PublishHeader.ScheduleTtl => "Nats-Schedule-TTL",
        PublishHeader.ScheduleTimeZone => "Nats-Schedule-Time-Zone",
        PublishHeader.ScheduleRollup => "Nats-Schedule-Rollup",
        PublishHeader.ScheduleNext => "Nats-Schedule-Next",
        PublishHeader.Scheduler => "Nats-Scheduler",
        PublishHeader.RequiredApiLevel => "Nats-Required-Api-Level",
        PublishHeader.RequestInfo => "Nats-Request-Info",
        PublishHeader.MarkerReason => "Nats-Marker-Reason",
        _ => throw new ArgumentOutOfRangeException(nameof(header)),
    };
}
