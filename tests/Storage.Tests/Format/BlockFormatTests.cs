using System.Text;
using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Format;

public sealed class BlockFormatTests
{
    private static readonly HighwayHash64 Hash = BlockFormat.HashOfBlock("S", 1);

    [Theory]
    [InlineData("a.b", "", "payload")]
    [InlineData("a.b", "NATS/1.0\r\nA: b\r\n\r\n", "payload")]
    [InlineData("a", "NATS/1.0\r\n\r\n", "")]
    [InlineData("a", "", "")]
    public void A_record_is_read_as_it_was_written(string subject, string headers, string payload)
    {
        byte[] record = Write(7, subject, headers, payload);
        BlockFormat.TryRead(record, out RecordView view).ShouldBeTrue();
        view.Sequence.ShouldBe(7UL);
        view.Timestamp.ShouldBe(42);
        Encoding.UTF8.GetString(view.Subject).ShouldBe(subject);
        Encoding.UTF8.GetString(view.Headers).ShouldBe(headers);
        Encoding.UTF8.GetString(view.Payload).ShouldBe(payload);
        (view.IsErased, view.IsTombstone).ShouldBe((false, false));
        BlockFormat.IsSound(view, Hash).ShouldBeTrue();
        record.Length.ShouldBe(30 + subject.Length + (headers.Length > 0 ? headers.Length + 4 : 0) + payload.Length);
    }

    [Fact]
    public void An_erased_record_keeps_its_place_and_nothing_else()
    {
        byte[] record = Write(7, "secret.subject", "NATS/1.0\r\nA: b\r\n\r\n", "secret payload");
        int length = record.Length;
        BlockFormat.Erase(record, 7, Hash);
        BlockFormat.TryRead(record, out RecordView view).ShouldBeTrue();
        view.Bytes.Length.ShouldBe(length);
        (view.Sequence, view.IsErased, view.Timestamp, view.Subject.Length).ShouldBe((7UL, true, 0L, 0));
        BlockFormat.IsSound(view, Hash).ShouldBeTrue();
        Encoding.Latin1.GetString(record).ShouldNotContain("secret");
    }

    [Fact]
    public void A_tombstone_names_what_it_deletes()
    {
        byte[] record = new byte[BlockFormat.EmptyRecordBytes];
        BlockFormat.WriteEmpty(record, 9 | BlockFormat.TombstoneBit, 42, Hash);
        BlockFormat.TryRead(record, out RecordView view).ShouldBeTrue();
        (view.Sequence, view.IsTombstone, view.IsErased).ShouldBe((9UL, true, false));
    }

    [Fact]
    public void No_bytes_whatever_make_it_read_beyond_them() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        if (!BlockFormat.TryRead(bytes, out RecordView view)) return;
        (view.Subject.Length + view.Headers.Length + view.Payload.Length).ShouldBeLessThanOrEqualTo(bytes.Length);
        BlockFormat.IsSound(view, Hash);
    });

    [Fact]
    public void A_record_whose_lengths_are_flipped_is_read_within_its_bytes_or_not_at_all() => Gen.Int[0, 8 * 22].Select(Gen.Int[0, 60]).Sample((bit, payload) =>
    {
        byte[] record = Write(7, "a.b", "NATS/1.0\r\n\r\n", new string('x', payload));
        record[bit / 8 % record.Length] ^= (byte)(1 << (bit % 8));
        if (!BlockFormat.TryRead(record, out RecordView view)) return;
        view.Bytes.Length.ShouldBeLessThanOrEqualTo(record.Length);
    });

    internal static byte[] Write(ulong sequence, string subject, string headers, string payload)
    {
        var message = new NewMessage
        {
            Timestamp = 42, Subject = Encoding.UTF8.GetBytes(subject), Headers = Encoding.UTF8.GetBytes(headers), Payload = Encoding.UTF8.GetBytes(payload),
        };
        byte[] record = new byte[BlockFormat.RecordBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length)];
        BlockFormat.Write(record, sequence, message, Hash);
        return record;
    }
}
