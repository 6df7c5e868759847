using System.Net.Security;

namespace DotNats.Server.Transport.Tls;

/// <summary>Go's names of cipher suites, which configuration files and <c>/connz</c> use.</summary>
// Source: the lists of crypto/tls, secure and insecure; the names are IANA's.
internal static class CipherSuiteNames
{
    // TLS 1.3 suites are always offered: Go lets nobody choose among them.
    private static readonly TlsCipherSuite[] Version13 =
        [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    private static readonly Dictionary<string, TlsCipherSuite> Secure = Named(
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);

    private static readonly Dictionary<string, TlsCipherSuite> Insecure = Named(
    [
        TlsCipherSuite.TLS_RSA_WITH_RC4_128_SHA,
        TlsCipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_RC4_128_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    ]);

    public static bool IsInsecure(string name) => Insecure.ContainsKey(name);

    /// <summary>Suites for <paramref name="names"/>, with TLS 1.3's beside them.</summary>
    /// <exception cref="TlsConfigurationException">A name Go does not know.</exception>
    public static TlsCipherSuite[] Resolve(IReadOnlyList<string> names)
    {
        var suites = new List<TlsCipherSuite>(Version13);
        foreach (string name in names)
        {
            if (!Secure.TryGetValue(name, out TlsCipherSuite suite) && !Insecure.TryGetValue(name, out suite))
                throw new TlsConfigurationException($"unrecognized cipher {name}");
            if (!suites.Contains(suite)) suites.Add(suite);
        }

        return [.. suites];
    }

    /// <summary>How logs and monitoring call a negotiated suite.</summary>
    public static string Format(TlsCipherSuite suite) => suite.ToString();

    private static Dictionary<string, TlsCipherSuite> Named(TlsCipherSuite[] suites) => suites.ToDictionary(Format);
}
