using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests;

/// <summary>The ciphers of blocks: published vectors, a naive twin, and that any part can be reached.</summary>
public sealed class StreamCipherTests
{
    private static readonly Gen<StoreCipherKind> Kinds = Gen.Bool.Select(isAes => isAes ? StoreCipherKind.Aes : StoreCipherKind.ChaCha);

    // draft-irtf-cfrg-xchacha-03, section 2.2.1.
    [Fact]
    public void The_twin_computes_the_published_subkey()
    {
        byte[] key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        uint[] subkey = NaiveChaCha20.HChaCha20(key, Convert.FromHexString("000000090000004a0000000031415927"));
        Convert.ToHexStringLower([.. subkey.SelectMany(BitConverter.GetBytes)]).ShouldBe("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");
    }

    // The same draft, appendix A.3.1: what its AEAD encrypts, which starts at the second block.
    [Fact]
    public void XChaCha20_has_the_published_result()
    {
        byte[] text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."u8.ToArray();
        byte[] key = [.. Enumerable.Range(0x80, 32).Select(i => (byte)i)];
        byte[] nonce = [.. Enumerable.Range(0x40, 24).Select(i => (byte)i)];
        new BlockKey(new Seed(StoreCipherKind.ChaCha, key, nonce)).Apply(text, 64);
        Convert.ToHexStringLower(text).ShouldBe(
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e");
    }

    // NIST SP 800-38A, F.5.5.
    [Fact]
    public void AES_in_counter_mode_has_the_published_result()
    {
        byte[] text = Convert.FromHexString("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
        byte[] key = Convert.FromHexString("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        byte[] nonce = Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        new BlockKey(new Seed(StoreCipherKind.Aes, key, nonce)).Apply(text, 0);
        Convert.ToHexStringLower(text).ShouldBe(
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
    }

    [Fact]
    public void The_counter_carries_into_the_whole_nonce()
    {
        byte[] key = new byte[32];
        byte[] behind = new byte[32];
        new BlockKey(new Seed(StoreCipherKind.Aes, key, [.. Enumerable.Repeat((byte)0xFF, 16)])).Apply(behind, 0);
        byte[] zero = new byte[16];
        new BlockKey(new Seed(StoreCipherKind.Aes, key, new byte[16])).Apply(zero, 0);
        behind[16..].ShouldBe(zero);
    }

    [Fact]
    public void The_fast_cipher_agrees_with_its_twin() =>
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[24], Gen.UInt[0, 1 << 20], Gen.Int[1, 20]).Sample((key, nonce, block, blocks) =>
        {
            byte[] stream = new byte[64 * blocks];
            ChaCha20.Extended(key, nonce).Apply(stream, 64L * block);
            stream.ShouldBe(NaiveChaCha20.Keystream(key, nonce, block, blocks));
        }, iter: 200);

    [Fact]
    public void Any_part_can_be_applied_alone() =>
        Gen.Select(Kinds, Gen.Int[0, 12_000], Gen.Int[0, 3000], Gen.Long[0, 1L << 33]).Sample((kind, length, start, position) =>
        {
            BlockKey key = Key(kind);
            byte[] whole = new byte[start + length];
            key.Apply(whole, position);
            byte[] part = new byte[length];
            key.Apply(part, position + start);
            part.AsSpan().SequenceEqual(whole.AsSpan(start)).ShouldBeTrue();
        }, iter: 500);

    [Fact]
    public void Applying_twice_gives_back_what_was_there() =>
        Gen.Select(Kinds, Gen.Byte.Array[0, 2000], Gen.Int[0, 5000]).Sample((kind, data, position) =>
        {
            byte[] copy = [.. data];
            Key(kind).Apply(copy, position);
            if (copy.Length > 16) copy.ShouldNotBe(data);
            Key(kind).Apply(copy, position);
            copy.ShouldBe(data);
        }, iter: 200);

    [Fact]
    public void XChaCha20_allocates_nothing()
    {
        BlockKey key = Key(StoreCipherKind.ChaCha);
        byte[] data = new byte[5000];
        key.Apply(data, 3);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) key.Apply(data, 3);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static BlockKey Key(StoreCipherKind kind) => new(new Seed(kind, [.. Enumerable.Range(7, 32).Select(i => (byte)i)], [.. Enumerable.Range(99, Aead.NonceBytes(kind)).Select(i => (byte)i)]));
}
