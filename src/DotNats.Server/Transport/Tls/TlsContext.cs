using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DotNats.Server.Transport.Tls;

/// <summary>One <c>tls {}</c> block with its files read: what handshakes need.</summary>
// Immutable; a reload loads another one. Old ones stay alive as long as handshakes use them, so nothing here is disposed by hand.
internal sealed class TlsContext
{
    // Go's names (config reference, section 12); the platform chooses among them by itself.
    private static readonly string[] CurveNames =
        ["X25519MLKEM768", "SecP384r1MLKEM1024", "SecP256r1MLKEM768", "X25519", "CurveP256", "CurveP384", "CurveP521"];

    private readonly SslStreamCertificateContext[] _certificates;
    private readonly SslProtocols _protocols;
    private readonly CipherSuitesPolicy? _cipherSuites;
    private readonly X509ChainPolicy? _chainPolicy;
    private readonly SslServerAuthenticationOptions? _shared;

    private TlsContext(TlsOptions options, SslStreamCertificateContext[] certificates, X509Certificate2Collection? authorities)
    {
        Options = options;
        Authorities = authorities;
        _certificates = certificates;
        _protocols = ReadMinVersion(options.MinVersion);
        _cipherSuites = CreatePolicy(options);
        if (options.Verify) _chainPolicy = CreateChainPolicy(authorities);
        if (!options.Verify && certificates.Length == 1) _shared = CreateServerOptions(certificates[0], verification: null);
    }

    public TlsOptions Options { get; }

    /// <summary>Who may have signed client certificates; null for the system's authorities.</summary>
    public X509Certificate2Collection? Authorities { get; }

    /// <summary>When the first certificate expires, UTC.</summary>
    public DateTime NotAfter => _certificates[0].TargetCertificate.NotAfter.ToUniversalTime();

    /// <summary>True when the name the client asks for decides which certificate it gets.</summary>
    public bool ChoosesByName => _certificates.Length > 1;

    /// <summary>Reads the files of <paramref name="options"/>.</summary>
    /// <exception cref="TlsConfigurationException">Something cannot be used; the message is nats-server's.</exception>
    public static TlsContext Load(TlsOptions options)
    {
        if (options.CertificateStore is { Store.Length: > 0 }) throw new TlsConfigurationException("cert_store not compatible with current operating system");
        if (options.Certificates.Count == 0) throw new TlsConfigurationException("missing 'cert_file' in TLS configuration");
        X509Certificate2Collection? authorities = options.CaFile is { Length: > 0 } file ? PemFiles.LoadAuthorities(file) : null;
        // Client certificates come from these authorities and no others, and clients are told which.
        SslCertificateTrust? trust = options.Verify && authorities is not null ? SslCertificateTrust.CreateForX509Collection(authorities, sendTrustInHandshake: true) : null;
        var certificates = new SslStreamCertificateContext[options.Certificates.Count];
        for (int i = 0; i < certificates.Length; i++) certificates[i] = LoadCertificate(options, i, trust);
        CheckCurves(options);
        return new TlsContext(options, certificates, authorities);
    }

    /// <summary>Settings for one handshake with a client that asked for <paramref name="name"/>.</summary>
    /// <param name="name">Server name of the ClientHello; empty for none.</param>
    /// <param name="verification">Judges the client's certificate; null where none is asked for.</param>
    public SslServerAuthenticationOptions ForClient(string name, RemoteCertificateValidationCallback? verification) =>
        _shared ?? CreateServerOptions(Select(name), verification);

    /// <summary>Settings for an HTTPS listener: the same certificates, no client certificate asked for.</summary>
    public SslServerAuthenticationOptions ForHttps(string name) => CreateServerOptions(Select(name), verification: null);

    /// <summary>True where no pins are set or <paramref name="certificate"/>'s public key is pinned.</summary>
    /// <param name="keyId">Hex SHA-256 of the key that is not; null without a certificate.</param>
    public bool IsPinned(X509Certificate2? certificate, out string? keyId)
    {
        keyId = null;
        if (Options.PinnedCertificates is not { Count: > 0 } pins) return true;
        if (certificate is null) return false;
        keyId = Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        return pins.Contains(keyId);
    }

    private static SslStreamCertificateContext LoadCertificate(TlsOptions options, int index, SslCertificateTrust? trust)
    {
        int count = options.Certificates.Count;
        string which = count > 1 ? $" {index + 1}/{count}" : "";
        try
        {
            (X509Certificate2 leaf, X509Certificate2Collection chain) = PemFiles.LoadPair(options.Certificates[index]);
            return SslStreamCertificateContext.Create(leaf, chain, offline: true, trust);
        }
        catch (TlsConfigurationException exception)
        {
            throw new TlsConfigurationException($"error parsing X509 certificate/key pair{which}: {exception.Message}");
        }
    }

    private static SslProtocols ReadMinVersion(string version) => version switch
    {
        "1.2" => SslProtocols.Tls12 | SslProtocols.Tls13,
        "1.3" => SslProtocols.Tls13,
        "1.0" or "1.1" => throw new TlsConfigurationException($"unsupported minimum TLS version: TLS {version}"),
        _ => throw new TlsConfigurationException($"unknown version: {version}"),
    };

    private static void CheckCurves(TlsOptions options)
    {
        foreach (string curve in options.CurvePreferences ?? [])
        {
            if (!CurveNames.Contains(curve)) throw new TlsConfigurationException($"unrecognized curve preference {curve}");
        }
    }

    private static CipherSuitesPolicy? CreatePolicy(TlsOptions options)
    {
        if (options.CipherSuites is not { } names) return null;
        TlsCipherSuite[] suites = CipherSuiteNames.Resolve(names);
        // Windows lets programs choose no cipher suites: the system's settings hold there.
        return OperatingSystem.IsWindows() ? null : new CipherSuitesPolicy(suites);
    }

    private static X509ChainPolicy CreateChainPolicy(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = authorities is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        if (authorities is not null) policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    // The first certificate with the name wins, else the first of all.
    private SslStreamCertificateContext Select(string name)
    {
        if (name.Length == 0 || _certificates.Length == 1) return _certificates[0];
        foreach (SslStreamCertificateContext certificate in _certificates)
        {
            if (certificate.TargetCertificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false)) return certificate;
        }

        return _certificates[0];
    }

    private SslServerAuthenticationOptions CreateServerOptions(SslStreamCertificateContext certificate, RemoteCertificateValidationCallback? verification) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = _protocols,
        CipherSuitesPolicy = _cipherSuites,
        ClientCertificateRequired = verification is not null,
        RemoteCertificateValidationCallback = verification,
        CertificateChainPolicy = verification is null ? null : _chainPolicy,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowRenegotiation = false,
        EncryptionPolicy = EncryptionPolicy.RequireEncryption,
    };
}
