using System.Text;
using CsCheck;
using Load.Wire;
using Load.Workers;
using Shouldly;
using Xunit;

namespace Load.Tests;

public sealed class FrameStreamTests
{
    private const int MostBytesAtOnce = 4096;
    private static readonly byte[] Frame = Pattern.Deliver("load.0", "1", 128);

    [Fact]
    public void Counts_messages_and_control_lines_however_the_stream_is_cut()
    {
        Gen<(int Messages, int PingEvery, int[] Cuts)> cases =
            Gen.Select(Gen.Int[1, 200], Gen.Int[1, 50], Gen.Int[1, MostBytesAtOnce].Array[1, 20]);
        cases.Sample(c =>
        {
            (byte[] bytes, int pings) = Messages(c.Messages, c.PingEvery);
            FrameStream stream = Expecting(Frame);
            int at = 0;
            for (int i = 0; at < bytes.Length; i++)
            {
                int length = Math.Min(c.Cuts[i % c.Cuts.Length], bytes.Length - at);
                stream.Accept(bytes.AsSpan(at, length));
                at += length;
            }
            stream.Frames.ShouldBe(c.Messages);
            stream.UnansweredPings.ShouldBe(pings);
            stream.AtBoundary.ShouldBeTrue();
        }, iter: 500);
    }

    [Fact]
    public void Refuses_a_stream_that_lacks_or_repeats_a_single_byte_anywhere()
    {
        (byte[] good, _) = Messages(20, 1000);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Bool).Sample((at, repeats) =>
        {
            byte[] bad = repeats ? [.. good[..at], good[at], .. good[at..]] : [.. good[..at], .. good[(at + 1)..]];
            FrameStream stream = Expecting(Frame);
            bool isRefused = false;
            try
            {
                stream.Accept(bad);
            }
            catch (InvalidRunException)
            {
                isRefused = true;
            }
            (isRefused || stream.Frames != 20 || !stream.AtBoundary).ShouldBeTrue();
        }, iter: 500);
    }

    [Fact]
    public void Sees_a_changed_byte_in_a_chunk_that_is_compared_whole()
    {
        (byte[] chunk, _) = Messages(20, 1000);
        chunk[700] ^= 1;
        FrameStream stream = Expecting(Frame);
        Should.Throw<InvalidRunException>(() =>
        {
            for (int i = 0; i < 16; i++) stream.Accept(chunk);
        });
    }

    [Fact]
    public void Refuses_an_error_from_the_server_and_quotes_it()
    {
        FrameStream stream = Expecting(Frame);
        stream.Accept(Frame);
        Should.Throw<InvalidRunException>(() => stream.Accept("-ERR 'Slow Consumer'\r\n"u8)).Message.ShouldContain("Slow Consumer");
    }

    [Fact]
    public void Refuses_a_message_of_another_group()
    {
        FlowShape shape = new(2, 1, 1, 128);
        FrameStream stream = Expecting(shape.DeliverFrame(0));
        Should.Throw<InvalidRunException>(() => stream.Accept(shape.DeliverFrame(1)));
    }

    [Fact]
    public void Is_not_at_a_boundary_inside_a_message_or_a_control_line()
    {
        FrameStream stream = Expecting(Frame);
        stream.Accept(Frame.AsSpan(0, 10));
        stream.AtBoundary.ShouldBeFalse();
        stream.Accept(Frame.AsSpan(10));
        stream.AtBoundary.ShouldBeTrue();
        stream.Accept("PI"u8);
        stream.AtBoundary.ShouldBeFalse();
        stream.Accept("NG\r\n"u8);
        stream.UnansweredPings.ShouldBe(1);
    }

    [Fact]
    public void A_payload_repeats_no_stretch_as_long_as_what_is_compared()
    {
        string payload = Encoding.ASCII.GetString(Pattern.Payload(65536));
        HashSet<string> seen = [];
        for (int i = 0; i + 16 <= payload.Length; i++) seen.Add(payload.Substring(i, 16)).ShouldBeTrue();
    }

    private static FrameStream Expecting(byte[] frame)
    {
        FrameStream stream = new();
        stream.Expect(frame, Pattern.Repeat(frame, 64 * 1024));
        return stream;
    }

    private static (byte[] Bytes, int Pings) Messages(int count, int pingEvery)
    {
        List<byte> bytes = [];
        int pings = 0;
        for (int i = 1; i <= count; i++)
        {
            bytes.AddRange(Frame);
            if (i % pingEvery != 0) continue;
            bytes.AddRange("PING\r\n"u8);
            pings++;
        }
        return ([.. bytes], pings);
    }
}
