using System.Text;
using DotNats.Security;
using Fuzz.Harness;
using Shouldly;
using Xunit;

namespace Fuzz.Security;

/// <summary>Texts of keys and boxes of curve keys, damaged.</summary>
public sealed class NKeyFuzz
{
    [Fact]
    public void A_damaged_key_is_none() => FuzzRun.Repeat(random =>
    {
        using NKey key = NKey.Create((NKeyKind)random.Next(6));
        string text = random.Next(2) == 0 ? key.PublicKey : key.GetSeed();
        string damaged = Encoding.Latin1.GetString(Mutations.Damage(random, Encoding.Latin1.GetBytes(text), most: 3));
        // The checksum has 16 bits and many texts are tried: what parses may be another key, but it is spelled as that key is.
        byte[] raw = new byte[NKey.KeyBytes];
        if (NKey.TryParsePublic(damaged, out NKeyKind kind, raw))
            NKey.EncodePublic(kind, raw).ShouldBe(damaged);
        try
        {
            using NKey seed = NKey.FromSeed(damaged);
            seed.GetSeed().ShouldBe(damaged);
        }
        catch (FormatException)
        {
            damaged.ShouldNotBe(key.GetSeed());
        }
    });

    [Fact]
    public void A_damaged_box_stays_shut() => FuzzRun.Repeat(random =>
    {
        using NKey sender = NKey.Create(NKeyKind.Curve);
        using NKey recipient = NKey.Create(NKeyKind.Curve);
        byte[] text = new byte[random.Next(200)];
        random.NextBytes(text);
        byte[] box = sender.Seal(text, recipient.PublicKey);
        byte[] damaged = Mutations.Damage(random, box, most: 3);
        byte[]? opened = recipient.TryOpen(damaged, sender.PublicKey);
        if (damaged.AsSpan().SequenceEqual(box))
            opened.ShouldBe(text);
        else
            opened.ShouldBeNull();
    });
}
