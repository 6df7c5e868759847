using System.Text;
using System.Text.Json;
using DotNats.Primitives;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests;

/// <summary>Encrypted stores of nats-server are opened with the keys they were made with.</summary>
public sealed class RecordedEncryptionTests
{
    public static TheoryData<string, StoreCipherKind> Ways => new() { { "chacha", StoreCipherKind.ChaCha }, { "aes", StoreCipherKind.Aes }, { "s2aes", StoreCipherKind.Aes } };

    [Theory, MemberData(nameof(Ways))]
    public void Meta_files_open(string way, StoreCipherKind kind)
    {
        Keys(kind).TryOpenMetaKey(RecordedStore.Read(way + "/meta.key"), out MetaKey? stream).ShouldBe(KeyStatus.Current);
        stream!.TryOpen(RecordedStore.Read(way + "/meta.inf"), out byte[]? json).ShouldBeTrue();
        JsonDocument.Parse(json!).RootElement.GetProperty("name").GetString().ShouldBe(RecordedStore.Stream);

        byte[] index = RecordedStore.Read(way + "/msgs/index.db");
        stream.TryOpen(index.AsSpan()[..^HighwayHash64.HashBytes], out byte[]? state).ShouldBeTrue();
        state![0].ShouldBe((byte)11);

        Keys(kind).TryOpenConsumerKey("D", RecordedStore.Read(way + "/obs/D/meta.key"), out MetaKey? consumer).ShouldBe(KeyStatus.Current);
        consumer!.TryOpen(RecordedStore.Read(way + "/obs/D/meta.inf"), out json).ShouldBeTrue();
        JsonDocument.Parse(json!).RootElement.GetProperty("durable_name").GetString().ShouldBe("D");
        consumer.TryOpen(RecordedStore.Read(way + "/obs/D/o.dat"), out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("chacha", StoreCipherKind.ChaCha)]
    [InlineData("aes", StoreCipherKind.Aes)]
    public void Blocks_open(string way, StoreCipherKind kind)
    {
        byte[] block = OpenBlock(way, kind, 1);
        List<WalkedRecord> records = RecordWalk.Read(block, RecordedStore.Stream, 1);
        records.Count.ShouldBeGreaterThanOrEqualTo(40);
        records.ShouldAllBe(record => record.IsSound);
        records[0].Payload.ShouldStartWith("{\"order\":1,");
    }

    [Fact]
    public void Blocks_are_compressed_first_and_encrypted_then()
    {
        byte[] file = OpenBlock("s2aes", StoreCipherKind.Aes, 2);
        Encoding.ASCII.GetString(file, 0, 4).ShouldBe("cmp\u0001");
        byte[] block = new byte[file[4] & 0x7F | (file[5] & 0x7F) << 7 | file[6] << 14];
        S2Frames.TryDecode(file.AsSpan()[7..^8], block.AsSpan()[..^8], out _).ShouldBeTrue();
        file.AsSpan()[^8..].CopyTo(block.AsSpan()[^8..]);
        RecordWalk.Read(block, RecordedStore.Stream, 2).ShouldAllBe(record => record.IsSound);
    }

    private static byte[] OpenBlock(string way, StoreCipherKind kind, uint index)
    {
        Keys(kind).TryOpenBlockKey(index, RecordedStore.Read($"{way}/msgs/{index}.key"), out BlockKey? key).ShouldBe(KeyStatus.Current);
        byte[] block = RecordedStore.Read($"{way}/msgs/{index}.blk");
        key!.Apply(block, 0);
        return block;
    }

    private static StreamKeys Keys(StoreCipherKind kind) =>
        new(new StoreCipher(kind, Encoding.UTF8.GetBytes(RecordedStore.Key), [], RecordedStore.Account), RecordedStore.Stream);
}
