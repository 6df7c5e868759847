namespace DotNats.Storage;

/// <summary>How a store encrypts (<c>cipher</c> in the configuration).</summary>
public enum StoreCipherKind
{
    /// <summary>XChaCha20-Poly1305 and, in blocks, XChaCha20. nats-server's default.</summary>
    ChaCha,

    /// <summary>AES-256-GCM with nonces of 16 bytes and, in blocks, AES-256-CTR.</summary>
    Aes,
}

/// <summary>What opening a key file came to.</summary>
public enum KeyStatus
{
    /// <summary>Opened with the key and cipher that are configured.</summary>
    Current,

    /// <summary>Opened with the previous key or the other cipher. What it protects is to be written anew under a key made now.</summary>
    Former,

    /// <summary>Damaged, or sealed with a key that nobody has.</summary>
    Refused,
}
