using Org.BouncyCastle.Crypto.Digests;

namespace DotNats.Security;

/// <summary>SHA-256 piece by piece, for fingerprints at the start of a server.</summary>
// Managed on purpose: the runtime's own loads OpenSSL, which takes longer than the whole start (docs/adr/0011). For bulk data use the runtime's.
public sealed class Sha256
{
    private readonly Sha256Digest _digest = new();

    public void AppendData(ReadOnlySpan<byte> data) => _digest.BlockUpdate(data);

    /// <summary>The 32 bytes of the hash; begins anew.</summary>
    public byte[] GetHashAndReset()
    {
        byte[] hash = new byte[_digest.GetDigestSize()];
        _digest.DoFinal(hash, 0);
        return hash;
    }
}
