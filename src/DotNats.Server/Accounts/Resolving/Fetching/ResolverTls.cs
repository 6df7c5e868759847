using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>TLS towards a URL resolver (<c>resolver_tls</c>).</summary>
internal static class ResolverTls
{
    /// <summary>Settings for handshakes as a client; null where nothing is configured.</summary>
    /// <exception cref="ResolverException">A file cannot be used.</exception>
    [SuppressMessage("Security", "CA5359", Justification = "Only where the configuration says so (insecure).")]
    public static SslClientAuthenticationOptions? Load(TlsOptions? options)
    {
        if (options is null) return null;
        try
        {
            var settings = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = options.MinVersion == "1.3" ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            };
            if (options.Certificates is [TlsCertificateOptions own, ..])
            {
                (X509Certificate2 leaf, X509Certificate2Collection chain) = PemFiles.LoadPair(own);
                settings.ClientCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true);
            }

            if (options.Insecure) settings.RemoteCertificateValidationCallback = AcceptAny;
            else if (options.CaFile is { Length: > 0 } file) settings.CertificateChainPolicy = TrustOnly(PemFiles.LoadAuthorities(file));
            return settings;
        }
        catch (TlsConfigurationException error)
        {
            throw new ResolverException(error.Message, error);
        }
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static bool AcceptAny(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => true;
}
