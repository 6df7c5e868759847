using CsCheck;
using DotNats.Security;
using Security.Tests.Jwt;
using Shouldly;
using Xunit;

namespace Security.Tests.NKeys;

public sealed class CurveBoxTests
{
    [Fact]
    public void Boxes_of_the_official_package_open()
    {
        using NKey recipient = JwtVectors.Key("curveB");
        foreach ((string text, byte[] box) in JwtVectors.Boxes)
            recipient.TryOpen(box, JwtVectors.Public("curveA")).ShouldBe(System.Text.Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public void The_same_nonce_makes_the_same_box()
    {
        using NKey recipient = JwtVectors.Key("curveB");
        using NKey sender = JwtVectors.Key("curveA");
        byte[] secret = new byte[NKey.KeyBytes];
        NKeyEncoding.TryDecodeSeed(sender.GetSeed(), out _, secret).ShouldBeTrue();
        foreach ((string text, byte[] box) in JwtVectors.Boxes)
            CurveBox.Seal(System.Text.Encoding.UTF8.GetBytes(text), secret, recipient.RawPublicKey.ToArray(), box[4..28]).ShouldBe(box);
    }

    [Fact]
    public void A_real_servers_sealed_request_opens()
    {
        using NKey service = JwtVectors.Key("curveA");
        string serverKey = JwtVectors.Server("sealedHeader").Split(": ")[1].Trim();
        byte[]? request = service.TryOpen(Convert.FromBase64String(JwtVectors.Server("sealed")), serverKey);
        request.ShouldNotBeNull();
        JwtReader.TryReadAuthorizationRequest(request, out AuthorizationRequestClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        claims!.Server.XKey.ShouldBe(serverKey);
    }

    [Fact]
    public void Only_the_recipient_opens_and_only_from_the_sender()
    {
        using NKey sender = NKey.Create(NKeyKind.Curve);
        using NKey recipient = NKey.Create(NKeyKind.Curve);
        using NKey other = NKey.Create(NKeyKind.Curve);
        Gen.Byte.Array[0, 300].Sample(text =>
        {
            byte[] box = sender.Seal(text, recipient.PublicKey);
            recipient.TryOpen(box, sender.PublicKey).ShouldBe(text);
            sender.TryOpen(box, recipient.PublicKey).ShouldBe(text);
            other.TryOpen(box, sender.PublicKey).ShouldBeNull();
            recipient.TryOpen(box, other.PublicKey).ShouldBeNull();
        }, iter: 50);
    }

    [Fact]
    public void No_box_is_like_another()
    {
        using NKey key = NKey.Create(NKeyKind.Curve);
        key.Seal("x"u8, key.PublicKey).ShouldNotBe(key.Seal("x"u8, key.PublicKey));
    }

    [Fact]
    public void Every_changed_bit_and_every_cut_is_noticed()
    {
        using NKey key = NKey.Create(NKeyKind.Curve);
        byte[] box = key.Seal("attack at dawn"u8, key.PublicKey);
        for (int bit = 0; bit < box.Length * 8; bit++)
        {
            box[bit / 8] ^= (byte)(1 << bit % 8);
            key.TryOpen(box, key.PublicKey).ShouldBeNull();
            box[bit / 8] ^= (byte)(1 << bit % 8);
        }

        for (int length = 0; length < box.Length; length++)
            key.TryOpen(box.AsSpan(0, length), key.PublicKey).ShouldBeNull();
        key.TryOpen([.. box, 0], key.PublicKey).ShouldBeNull();
    }

    // Agreeing with a point of small order gives zero whatever the secret: everybody could have sealed such a box.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Keys_that_share_no_secret_are_none(byte point)
    {
        byte[] raw = new byte[NKey.KeyBytes];
        raw[0] = point;
        string weak = NKey.EncodePublic(NKeyKind.Curve, raw);
        using NKey key = NKey.Create(NKeyKind.Curve);
        Should.Throw<ArgumentException>(() => key.Seal("x"u8, weak));
        key.TryOpen(new byte[100], weak).ShouldBeNull();
        byte[] box = [.. "xkv1"u8, .. new byte[60]];
        key.TryOpen(box, weak).ShouldBeNull();
    }

    [Fact]
    public void Only_curve_keys_encrypt()
    {
        using NKey curve = NKey.Create(NKeyKind.Curve);
        using NKey user = NKey.Create(NKeyKind.User);
        Should.Throw<InvalidOperationException>(() => user.Seal("x"u8, curve.PublicKey));
        Should.Throw<InvalidOperationException>(() => user.TryOpen(new byte[50], curve.PublicKey));
        Should.Throw<ArgumentException>(() => curve.Seal("x"u8, user.PublicKey));
        Should.Throw<ArgumentException>(() => curve.Seal("x"u8, "junk"));
        curve.TryOpen(new byte[50], user.PublicKey).ShouldBeNull();
        curve.Dispose();
        Should.Throw<ObjectDisposedException>(() => curve.Seal("x"u8, curve.PublicKey));
        Should.Throw<ObjectDisposedException>(() => curve.TryOpen(new byte[50], curve.PublicKey));
    }
}
