namespace NATS.NKeys;

/// <summary>The three calls NATS.Net makes to sign a server's nonce, answered by our own nkeys.</summary>
public sealed class KeyPair : IDisposable
{
    public static KeyPair FromSeed(ReadOnlySpan<char> seed) => throw new NotSupportedException();

    public string GetPublicKey() => throw new NotSupportedException();

    public void Sign(ReadOnlyMemory<byte> message, Memory<byte> signature) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
