using System.Buffers;
using System.Buffers.Text;
using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>How a connection came, as far as its <c>proxy_sig</c> tells.</summary>
internal enum ProxyStanding
{
    /// <summary>No proxy speaks for it, or none is trusted here.</summary>
    Direct,

    /// <summary>A trusted proxy signed the nonce.</summary>
    Trusted,

    /// <summary>It says that a proxy signed, and no trusted one did: refused, whoever the user is.</summary>
    NotTrusted,
}

/// <param name="Key">The proxy's public key when it is trusted; else null.</param>
/// <param name="Flaw">What the debug log says when it is not; else null.</param>
internal readonly record struct ProxyVerdict(ProxyStanding Standing, string? Key, string? Flaw);

/// <summary>The proxies that may speak for clients (<c>proxies { trusted }</c>). Immutable; a reload makes a new one.</summary>
internal sealed class TrustedProxies
{
    public const string NotTrustedText = "proxy is not trusted";

    private readonly (string Name, byte[] Key)[] _keys;

    /// <param name="options">Validated options: every key is a public nkey.</param>
    public TrustedProxies(NatsServerOptions options) => _keys = [.. (options.Proxies?.TrustedKeys ?? []).Select(Read)];

    /// <summary>With any, INFO carries a nonce: a proxy has to sign it.</summary>
    public bool Any => _keys.Length > 0;

    public bool IsTrusted(string key) => _keys.Any(known => known.Name == key);

    /// <summary>Judges the signature of a CONNECT over the nonce of its INFO.</summary>
    public ProxyVerdict Check(string? signature, ReadOnlySpan<byte> nonce)
    {
        if (!Any || string.IsNullOrEmpty(signature)) return default;
        Span<byte> raw = stackalloc byte[NKey.SignatureBytes];
        // Compat: only base64url without padding, whereas clients may sign in either form.
        if (!TryDecode(signature, raw, out bool isBase64))
            return new ProxyVerdict(ProxyStanding.NotTrusted, null, isBase64 ? NotTrustedText : "Proxy signature not valid base64");
        foreach ((string name, byte[] key) in _keys)
        {
            if (NKey.Verify(key, nonce, raw)) return new ProxyVerdict(ProxyStanding.Trusted, name, null);
        }

        return new ProxyVerdict(ProxyStanding.NotTrusted, null, NotTrustedText);
    }

    private static bool TryDecode(string text, Span<byte> signature, out bool isBase64)
    {
        isBase64 = !text.Contains('=') && Base64Url.IsValid(text);
        return isBase64 && Base64Url.DecodeFromChars(text, signature, out int read, out int bytes) == OperationStatus.Done
            && read == text.Length && bytes == signature.Length;
    }

    private static (string Name, byte[] Key) Read(string name)
    {
        byte[] key = new byte[NKey.KeyBytes];
        // Compat: a curve key is taken as a proxy's, though it can sign nothing.
        bool signs = NKey.TryParsePublic(name, out NKeyKind kind, key) && kind != NKeyKind.Curve;
        return (name, signs ? key : []);
    }
}
