using System.Text;
using CsCheck;
using DotNats.JetStream.Publishing.Headers;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing.Headers;

public class HeaderEditorTests
{
    private readonly HeaderEditor _editor = new();

    [Fact]
    public void Every_header_of_a_name_is_taken_out()
    {
        Load("NATS/1.0\r\nA: 1\r\nB: 2\r\nA: 3\r\nAA: 4\r\n\r\n").Remove("A"u8);
        Block.ShouldBe("NATS/1.0\r\nB: 2\r\nAA: 4\r\n\r\n");
    }

    [Theory]
    [InlineData("NATS/1.0\r\nA: 1\r\r\n", "NATS/1.0\r\nA: 1\r\r\nB: 2\r\n\r\n")]
    [InlineData("NATS/1.0\r\nA: 1\r\n", "NATS/1.0\r\nA: 1\r\nB: 2\r\n\r\n")]
    [InlineData("NATS/1.0\r\nA: 1", "NATS/1.0\r\nA: 1\r\nB: 2\r\n\r\n")]
    public void What_is_added_to_a_damaged_block_becomes_no_part_of_its_last_value(string block, string expected)
    {
        Load(block).Add("B"u8, "2"u8);
        Block.ShouldBe(expected);
    }

    [Fact]
    public void A_block_without_headers_is_none()
    {
        Load("NATS/1.0\r\nA: 1\r\n\r\n").Remove("A"u8);
        Block.ShouldBeEmpty();
        Load("NATS/1.0 503\r\n\r\n").RemoveStatus();
        Block.ShouldBeEmpty();
    }

    [Fact]
    public void Headers_are_taken_out_by_the_beginning_of_their_name()
    {
        Load("NATS/1.0\r\nNats-Schedule: x\r\nX: Nats-Schedule\r\nNats-Scheduler: y\r\nNats-Schedule-Next: z\r\n\r\n").RemovePrefixed("Nats-Schedule"u8);
        Block.ShouldBe("NATS/1.0\r\nX: Nats-Schedule\r\n\r\n");
    }

    [Fact]
    public void A_header_is_added_at_the_end_and_begins_a_block_where_there_is_none()
    {
        Load("").Add("A"u8, "1"u8).Add("B"u8, " 2\r\n3 "u8);
        Block.ShouldBe("NATS/1.0\r\nA: 1\r\nB: 2  3\r\n\r\n");
    }

    [Theory]
    [InlineData("NATS/1.0\r\nA: 1\r\nB: 2\r\n\r\n", "NATS/1.0\r\nA: longer\r\nB: 2\r\n\r\n")]
    [InlineData("NATS/1.0\r\nA:much longer\r\nB: 2\r\n\r\n", "NATS/1.0\r\nA:longer\r\nB: 2\r\n\r\n")]
    [InlineData("NATS/1.0\r\nB: 2\r\n\r\n", "NATS/1.0\r\nB: 2\r\nA: longer\r\n\r\n")]
    [InlineData("", "NATS/1.0\r\nA: longer\r\n\r\n")]
    public void A_header_gets_another_value_where_it_stands(string block, string expected)
    {
        Load(block).Set("A"u8, "longer"u8);
        Block.ShouldBe(expected);
    }

    [Theory]
    [InlineData("NATS/1.0 100 Idle\r\nA: 1\r\n\r\n", "NATS/1.0\r\nA: 1\r\n\r\n")]
    [InlineData("NATS/1.0\r\nA: 1\r\n\r\n", "NATS/1.0\r\nA: 1\r\n\r\n")]
    public void A_status_is_taken_out(string block, string expected)
    {
        Load(block).RemoveStatus();
        Block.ShouldBe(expected);
    }

    [Fact]
    public void Any_bytes_can_be_edited()
    {
        Pieces.Join(0, 16, "\r\n", "\r", "\n", ":", ": ", "A", "B", "1", "NATS/1.0").Sample(block =>
        {
            Load(block).RemoveStatus().Remove("A"u8).Set("B"u8, "x"u8).RemovePrefixed("B"u8).Add("A"u8, "y"u8);
            Block.ShouldEndWith("A: y\r\n\r\n");
        }, iter: 20_000, threads: 1);
    }

    private string Block => Encoding.UTF8.GetString(_editor.Block);

    private HeaderEditor Load(string block) => _editor.Load(Encoding.UTF8.GetBytes(block));
}
