using System.Buffers;
using System.Text;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Storage.Tests;

/// <summary>Compressed blocks of nats-server: "cmp", algorithm, original size as a varint, the body as an S2 stream, the last checksum as it is.</summary>
public sealed class RecordedCompressionTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_compressed_block_is_read(int index)
    {
        byte[] file = RecordedStore.Read($"s2/msgs/{index}.blk");
        Encoding.ASCII.GetString(file, 0, 4).ShouldBe("cmp\u0001");
        int size = file[4] & 0x7F | (file[5] & 0x7F) << 7 | file[6] << 14;
        byte[] block = new byte[size];
        S2Frames.TryDecode(file.AsSpan()[7..^8], block.AsSpan()[..^8], out int written).ShouldBeTrue();
        written.ShouldBe(size - 8);
        file.AsSpan()[^8..].CopyTo(block.AsSpan()[^8..]);
        List<WalkedRecord> records = RecordWalk.Read(block, RecordedStore.Stream, index);
        records.Count.ShouldBeGreaterThan(200);
        records.ShouldAllBe(record => record.IsSound);

        var frames = new ArrayBufferWriter<byte>();
        S2Frames.Encode(block.AsSpan()[..^8], frames);
        frames.WrittenCount.ShouldBeLessThan(file.Length * 5 / 4);
    }
}
