using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests;

public sealed class StreamKeysTests
{
    public static TheoryData<StoreCipherKind> Kinds => [StoreCipherKind.ChaCha, StoreCipherKind.Aes];

    [Theory, MemberData(nameof(Kinds))]
    public void A_key_opens_from_its_file(StoreCipherKind kind)
    {
        StreamKeys keys = Keys(kind, "one", "");
        MetaKey made = keys.CreateMetaKey(out byte[] file);
        byte[] sealedContent = made.Seal("{}"u8);
        Keys(kind, "one", "").TryOpenMetaKey(file, out MetaKey? opened).ShouldBe(KeyStatus.Current);
        opened!.TryOpen(sealedContent, out byte[]? content).ShouldBeTrue();
        content.ShouldBe("{}"u8.ToArray());
        made.Seal("{}"u8).ShouldNotBe(sealedContent);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_block_key_opens_from_its_file(StoreCipherKind kind)
    {
        byte[] data = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        Keys(kind, "one", "").CreateBlockKey(7, out byte[] file).Apply(data, 0);
        Keys(kind, "one", "").TryOpenBlockKey(7, file, out BlockKey? opened).ShouldBe(KeyStatus.Current);
        opened!.Apply(data, 0);
        data.ShouldBe([.. Enumerable.Range(0, 100).Select(i => (byte)i)]);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_key_opens_only_where_it_was_made(StoreCipherKind kind)
    {
        StreamKeys keys = Keys(kind, "one", "");
        keys.CreateBlockKey(7, out byte[] file);
        keys.TryOpenBlockKey(8, file, out _).ShouldBe(KeyStatus.Refused);
        keys.TryOpenMetaKey(file, out _).ShouldBe(KeyStatus.Refused);
        new StreamKeys(new StoreCipher(kind, "one"u8, [], "OTHER"), "ORDERS").TryOpenBlockKey(7, file, out _).ShouldBe(KeyStatus.Refused);
        keys.CreateConsumerKey("D", out file);
        keys.TryOpenConsumerKey("D", file, out MetaKey? key).ShouldBe(KeyStatus.Current);
        key.ShouldNotBeNull();
        keys.TryOpenConsumerKey("E", file, out key).ShouldBe(KeyStatus.Refused);
        key.ShouldBeNull();
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_previous_key_still_opens_and_says_so(StoreCipherKind kind)
    {
        Keys(kind, "one", "").CreateMetaKey(out byte[] file);
        Keys(kind, "two", "one").TryOpenMetaKey(file, out MetaKey? key).ShouldBe(KeyStatus.Former);
        key.ShouldNotBeNull();
        Keys(kind, "two", "").TryOpenMetaKey(file, out _).ShouldBe(KeyStatus.Refused);
        Keys(kind, "two", "three").TryOpenMetaKey(file, out _).ShouldBe(KeyStatus.Refused);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_other_cipher_still_opens_and_says_so(StoreCipherKind kind)
    {
        StoreCipherKind other = kind == StoreCipherKind.Aes ? StoreCipherKind.ChaCha : StoreCipherKind.Aes;
        byte[] sealedContent = Keys(kind, "one", "").CreateMetaKey(out byte[] file).Seal("{}"u8);
        foreach (StreamKeys keys in new[] { Keys(other, "one", ""), Keys(other, "two", "one") })
        {
            keys.TryOpenMetaKey(file, out MetaKey? key).ShouldBe(KeyStatus.Former);
            key!.TryOpen(sealedContent, out byte[]? content).ShouldBeTrue();
            content.ShouldBe("{}"u8.ToArray());
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Any_changed_bit_is_found(StoreCipherKind kind)
    {
        StreamKeys keys = Keys(kind, "one", "");
        MetaKey key = keys.CreateMetaKey(out byte[] file);
        byte[] sealedContent = key.Seal("some content of a meta file"u8);
        for (int bit = 0; bit < 8 * file.Length; bit++)
        {
            file[bit / 8] ^= (byte)(1 << bit % 8);
            keys.TryOpenMetaKey(file, out _).ShouldBe(KeyStatus.Refused);
            file[bit / 8] ^= (byte)(1 << bit % 8);
        }

        for (int bit = 0; bit < 8 * sealedContent.Length; bit++)
        {
            sealedContent[bit / 8] ^= (byte)(1 << bit % 8);
            key.TryOpen(sealedContent, out _).ShouldBeFalse();
            sealedContent[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Files_that_are_too_short_or_too_long_are_refused(StoreCipherKind kind)
    {
        StreamKeys keys = Keys(kind, "one", "");
        MetaKey key = keys.CreateMetaKey(out byte[] file);
        byte[] sealedContent = key.Seal("content"u8);
        for (int length = 0; length < file.Length; length++) keys.TryOpenMetaKey(file.AsSpan(0, length), out _).ShouldBe(KeyStatus.Refused);
        for (int length = 0; length < sealedContent.Length; length++) key.TryOpen(sealedContent.AsSpan(0, length), out _).ShouldBeFalse();
        keys.TryOpenMetaKey([.. file, 0], out _).ShouldBe(KeyStatus.Refused);
        key.TryOpen([.. sealedContent, 0], out _).ShouldBeFalse();
    }

    private static StreamKeys Keys(StoreCipherKind kind, string key, string previous) =>
        new(new StoreCipher(kind, System.Text.Encoding.UTF8.GetBytes(key), System.Text.Encoding.UTF8.GetBytes(previous), "$G"), "ORDERS");
}
