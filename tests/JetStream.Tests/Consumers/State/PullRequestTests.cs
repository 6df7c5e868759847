using System.Text;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class PullRequestTests
{
    [Theory]
    [InlineData("", 1)]
    [InlineData("  ", 1)]
    [InlineData("7", 7)]
    [InlineData(" 25 \r\n", 25)]
    [InlineData("+3", 3)]
    [InlineData("-3", -3)]
    [InlineData("many", 1)]
    [InlineData("99999999999999999999", 1)]
    public void A_number_is_a_batch_and_anything_else_is_one_message(string body, long batch)
    {
        PullRequest request = Parse(body, out string? error);
        error.ShouldBeNull();
        request.ShouldBe(new PullRequest { Batch = batch });
    }

    [Theory]
    [InlineData("""{"expires":5000000000,"batch":10,"max_bytes":1024,"no_wait":true,"idle_heartbeat":500,"group":"g","min_pending":3,"min_ack_pending":4,"id":"p","priority":2}""")]
    [InlineData("""{"Expires":5000000000,"BATCH":10,"max_bytes":1024,"no_wait":true,"idle_heartbeat":500,"group":"\u0067","min_pending":3,"min_ack_pending":4,"id":"p","priority":2,"x":[1]}""")]
    public void Json_names_everything(string body)
    {
        PullRequest request = Parse(body, out string? error);
        error.ShouldBeNull();
        request.ShouldBe(new PullRequest
        {
            ExpiresNanoseconds = 5_000_000_000,
            Batch = 10,
            MaxBytes = 1024,
            NoWait = true,
            HeartbeatNanoseconds = 500,
            IsJson = true,
            Group = "g",
            MinPending = 3,
            MinAckPending = 4,
            PinId = "p",
            Priority = 2,
        });
    }

    [Fact]
    public void Json_without_a_batch_asks_for_none()
    {
        Parse("{}", out string? error).ShouldBe(new PullRequest { IsJson = true });
        error.ShouldBeNull();
        Parse("""{"batch":null,"group":null}""", out error).Batch.ShouldBe(0);
        error.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"idle_heartbeat":100}""")]
    [InlineData("""{"expires":199,"idle_heartbeat":100}""")]
    public void A_heartbeat_is_at_most_half_of_the_time(string body)
    {
        Parse(body, out string? error);
        error.ShouldBe("heartbeat value too large");
    }

    [Theory]
    [InlineData("""{"batch":1""", "unexpected end of JSON input")]
    [InlineData("""{batch:1}""", "invalid character 'b' looking for beginning of object key string")]
    [InlineData("""{"batch":1} x""", "invalid character 'x' after top-level value")]
    [InlineData("""{"batch":"1"}""", "json: cannot unmarshal string into Go struct field .batch of type int")]
    public void Errors_are_those_of_go(string body, string text)
    {
        Parse(body, out string? error);
        error.ShouldBe(text);
    }

    [Fact]
    public void What_clients_send_is_read_without_allocating()
    {
        ReadOnlySpan<byte> body = """{"expires":5000000000,"batch":500,"no_wait":true,"idle_heartbeat":500000000}"""u8;
        PullRequest.Parse(body, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) PullRequest.Parse(body, out _);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static PullRequest Parse(string body, out string? error) => PullRequest.Parse(Encoding.UTF8.GetBytes(body), out error);
}
