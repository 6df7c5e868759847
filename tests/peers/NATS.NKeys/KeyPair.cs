using DotNats.Security;

namespace NATS.NKeys;

/// <summary>The calls NATS.Net makes to sign a server's nonce, answered by our own nkeys.</summary>
public sealed class KeyPair : IDisposable
{
    private readonly NKey _key;

    private KeyPair(NKey key) => _key = key;

    public static KeyPair FromSeed(ReadOnlySpan<char> seed) => new(NKey.FromSeed(seed));

    public string GetPublicKey() => _key.PublicKey;

    public void Sign(ReadOnlyMemory<byte> message, Memory<byte> signature) => _key.Sign(message.Span).CopyTo(signature);

    public void Dispose() => _key.Dispose();
}
