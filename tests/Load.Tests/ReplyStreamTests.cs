using System.Text;
using Load.Wire;
using Load.Workers;
using Shouldly;
using Xunit;

namespace Load.Tests;

/// <summary>Acknowledgements are read however they are cut, and lies are noticed.</summary>
public sealed class ReplyStreamTests : IReplySink
{
    private readonly ReplyStream _stream = new();
    private readonly List<string> _replies = [];

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        _replies.Add($"{Encoding.ASCII.GetString(subject)}|{Encoding.ASCII.GetString(headers).Trim()}|{Encoding.ASCII.GetString(payload)}");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Replies_are_whole_however_they_come(int cut)
    {
        byte[] bytes = Encoding.ASCII.GetBytes("PING\r\nMSG a 1 5\r\nhello\r\nHMSG b.c 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPONG\r\nMSG d 1 r 0\r\n\r\n");
        foreach (byte[] chunk in bytes.Chunk(cut)) _stream.Accept(chunk, this);
        _replies.ShouldBe(["a||hello", "b.c|NATS/1.0|hi", "d||"]);
        _stream.UnansweredPings.ShouldBe(1);
    }

    [Fact]
    public void An_error_ends_the_run() =>
        Should.Throw<InvalidRunException>(() => _stream.Accept("-ERR 'Stale Connection'\r\n"u8, this)).Message.ShouldContain("Stale");

    [Fact]
    public void A_sequence_is_acknowledged_once_and_none_is_missing()
    {
        var book = new SequenceBook("S");
        foreach (int sequence in new[] { 2, 1, 4 }) book.Take(sequence);
        Should.Throw<InvalidRunException>(() => book.Take(2)).Message.ShouldContain("twice");
        Should.Throw<InvalidRunException>(book.CheckWhole).Message.ShouldContain("3 messages, the last as sequence 4");
        book.Take(3);
        book.CheckWhole();
        Should.Throw<InvalidRunException>(() => book.Take(0));
    }
}
