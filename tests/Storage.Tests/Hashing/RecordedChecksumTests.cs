using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests;

/// <summary>Our checksums against those in files of nats-server.</summary>
public sealed class RecordedChecksumTests
{
    [Fact]
    public void Every_record_of_a_block_is_sound()
    {
        List<WalkedRecord> records = RecordWalk.Read(RecordedStore.Read("plain/msgs/1.blk"), RecordedStore.Stream, 1);
        records.Count.ShouldBeGreaterThanOrEqualTo(40);
        records.ShouldAllBe(record => record.IsSound);
        records[6].HeaderBytes.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("plain/meta", RecordedStore.Stream)]
    [InlineData("chacha/meta", RecordedStore.Stream)]
    [InlineData("plain/obs/D/meta", RecordedStore.Stream + "/D")]
    public void A_meta_file_has_the_sum_beside_it(string path, string key)
    {
        ulong sum = HighwayHash64.Hash(SHA256.HashData(Encoding.ASCII.GetBytes(key)), RecordedStore.Read(path + ".inf"));
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, sum);
        Encoding.ASCII.GetString(RecordedStore.Read(path + ".sum")).ShouldBe(Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void An_index_ends_in_its_checksum()
    {
        byte[] index = RecordedStore.Read("plain/msgs/index.db");
        HighwayHash64.Hash(SHA256.HashData(Encoding.ASCII.GetBytes(RecordedStore.Stream)), index.AsSpan()[..^8]).ShouldBe(BinaryPrimitives.ReadUInt64LittleEndian(index.AsSpan()[^8..]));
    }
}
