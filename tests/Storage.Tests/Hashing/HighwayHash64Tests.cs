using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests;

public sealed class HighwayHash64Tests
{
    private static readonly byte[] CountingKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    // The published results for the empty string, 00, 00 01, 00 01 02 and so on up to 64 bytes.
    private static readonly ulong[] Published =
    [
        0x907A56DE22C26E53, 0x7EAB43AAC7CDDD78, 0xB8D0569AB0B53D62, 0x5C6BEFAB8A463D80, 0xF205A46893007EDA, 0x2B8A1668E4A94541,
        0xBD4CCC325BEFCA6F, 0x4D02AE1738F59482, 0xE1205108E55F3171, 0x32D2644EC77A1584, 0xF6E10ACDB103A90B, 0xC3BBF4615B415C15,
        0x243CC2040063FA9C, 0xA89A58CE65E641FF, 0x24B031A348455A23, 0x40793F86A449F33B, 0xCFAB3489F97EB832, 0x19FE67D2C8C5C0E2,
        0x04DD90A69C565CC2, 0x75D9518E2371C504, 0x38AD9B1141D3DD16, 0x0264432CCD8A70E0, 0xA9DB5A6288683390, 0xD7B05492003F028C,
        0x205F615AEA59E51E, 0xEEE0C89621052884, 0x1BFC1A93A7284F4F, 0x512175B5B70DA91D, 0xF71F8976A0A2C639, 0xAE093FEF1F84E3E7,
        0x22CA92B01161860F, 0x9FC7007CCF035A68, 0xA0C964D9ECD580FC, 0x2C90F73CA03181FC, 0x185CF84E5691EB9E, 0x4FC1F5EF2752AA9B,
        0xF5B7391A5E0A33EB, 0xB9B84B83B4E96C9C, 0x5E42FE712A5CD9B4, 0xA150F2F90C3F97DC, 0x7FA522D75E2D637D, 0x181AD0CC0DFFD32B,
        0x3889ED981E854028, 0xFB4297E8C586EE2D, 0x6D064A45BB28059C, 0x90563609B3EC860C, 0x7AA4FCE94097C666, 0x1326BAC06B911E08,
        0xB926168D2B154F34, 0x9919848945B1948D, 0xA2A98FC534825EBE, 0xE9809095213EF0B6, 0x582E5483707BC0E9, 0x086E9414A88A6AF5,
        0xEE86B98D20F6743D, 0xF89B7FF609B1C0A7, 0x4C7D9CC19E22C3E8, 0x9A97005024562A6F, 0x5DD41CF423E6EBEF, 0xDF13609C0468E227,
        0x6E0DA4F64188155A, 0xB755BA4B50D7D4A1, 0x887A3484647479BD, 0xAB8EEBE9BF2139A0, 0x75542C5D4CD2A6FF,
    ];

    [Fact]
    public void Published_vectors_come_out()
    {
        for (int length = 0; length <= 64; length++) HighwayHash64.Hash(CountingKey, CountingKey.Concat(CountingKey.Select(b => (byte)(b + 32))).Take(length).ToArray()).ShouldBe(Published[length]);
    }

    [Fact]
    public void Published_vectors_of_a_second_key_come_out()
    {
        byte[] key = new byte[32];
        for (int i = 0; i < 4; i++) key[8 * i] = (byte)(i + 1);
        HighwayHash64.Hash(key, [.. Enumerable.Range(128, 33).Select(i => (byte)i)]).ShouldBe(0x53C516CCE478CAD7UL);
        HighwayHash64.Hash(key, [0xFF]).ShouldBe(0x7858F24D2D79B2B2UL);
    }

    [Fact]
    public void Pieces_hash_like_the_whole() =>
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[0, 70].List[0, 8]).Sample((key, pieces) =>
        {
            var hash = new HighwayHash64(key);
            foreach (byte[] piece in pieces) hash.Append(piece);
            hash.Finish().ShouldBe(HighwayHash64.Hash(key, [.. pieces.SelectMany(piece => piece)]));
        });

    [Fact]
    public void Words_and_vectors_agree() =>
        Gen.Select(Gen.Byte.Array[32], Gen.Int[0, 12]).SelectMany((key, packets) => Gen.Byte.Array[32 * packets].Select(bytes => (key, bytes))).Sample((key, bytes) =>
        {
            var vectors = new HighwayLanes(key);
            HighwayLanes words = vectors;
            vectors.Update(bytes);
            HighwayWords.Update(ref words, bytes);
            words.Words.ToArray().ShouldBe(vectors.Words.ToArray());
            HighwayWords.Finish(ref words).ShouldBe(vectors.Finish());
        });

    [Fact]
    public void A_copy_is_a_value_of_its_own()
    {
        var keyed = new HighwayHash64(CountingKey);
        HighwayHash64 first = keyed;
        first.Append([0]);
        first.Finish().ShouldBe(Published[1]);
        HighwayHash64 second = keyed;
        second.Append([0, 1]);
        second.Finish().ShouldBe(Published[2]);
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        byte[] bytes = new byte[1000];
        HighwayHash64.Hash(CountingKey, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) HighwayHash64.Hash(CountingKey, bytes);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void A_key_has_32_bytes() => Should.Throw<ArgumentOutOfRangeException>(() => new HighwayHash64(new byte[31]));
}
