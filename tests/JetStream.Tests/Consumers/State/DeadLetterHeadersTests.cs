using System.Text;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class DeadLetterHeadersTests
{
    private static readonly DeadLetter Letter = new("ORDERS", "worker", "orders.eu.7", 17, 1_700_000_000_000_000_000, 5, DeadLetterHeaders.MaxDeliveries, "");

    private static readonly string[] Told =
    [
        "Nats-Msg-Id: ORDERS.worker.17.1700000000000000000",
        "Nats-Dead-Letter-Reason: max_deliveries",
        "Nats-Dead-Letter-Stream: ORDERS",
        "Nats-Dead-Letter-Consumer: worker",
        "Nats-Dead-Letter-Subject: orders.eu.7",
        "Nats-Dead-Letter-Sequence: 17",
        "Nats-Dead-Letter-Time-Stamp: 2023-11-14T22:13:20Z",
        "Nats-Dead-Letter-Deliveries: 5",
    ];

    [Fact]
    public void They_say_why_from_where_and_how_often() => Lines("", Letter).ShouldBe(["NATS/1.0", .. Told]);

    [Fact]
    public void A_messages_own_headers_stay() => Lines("NATS/1.0\r\nTrace: abc\r\nKind: a\r\n\r\n", Letter).ShouldBe(["NATS/1.0", "Trace: abc", "Kind: a", .. Told]);

    [Theory]
    [InlineData("Nats-Msg-Id: 1")]
    [InlineData("Nats-Rollup: all")]
    [InlineData("Nats-TTL: 1s")]
    [InlineData("Nats-Expected-Last-Sequence: 16")]
    [InlineData("Nats-Expected-Stream: ORDERS")]
    [InlineData("Nats-Batch-Id: x")]
    [InlineData("Nats-Schedule: @every 1s")]
    [InlineData("Nats-Dead-Letter-Reason: terminated")]
    public void What_would_steer_how_they_are_stored_goes(string header) => Lines($"NATS/1.0\r\n{header}\r\nKind: a\r\n\r\n", Letter).ShouldBe(["NATS/1.0", "Kind: a", .. Told]);

    [Fact]
    public void What_a_client_says_stays_on_its_line() =>
        Lines("", Letter with { Reason = DeadLetterHeaders.Terminated, Description = "bad\r\nNats-Rollup: all" })[2..4].ShouldBe(["Nats-Dead-Letter-Reason: terminated", "Nats-Dead-Letter-Description: bad  Nats-Rollup: all"]);

    private static string[] Lines(string headers, DeadLetter letter) =>
        Encoding.UTF8.GetString(DeadLetterHeaders.Make(Encoding.UTF8.GetBytes(headers), letter)).TrimEnd().Split("\r\n");
}
