using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Load.Harness;

/// <summary>A self-signed server certificate for 127.0.0.1 and the server configuration that uses it.</summary>
internal static class Certificate
{
    /// <summary>Writes certificate, key and configuration into <paramref name="directory"/> and returns the configuration's path.</summary>
    internal static string WriteConfiguration(string directory)
    {
        string configuration = Path.Combine(directory, "tls.conf");
        if (File.Exists(configuration)) return configuration;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        string certificateFile = Path.Combine(directory, "cert.pem");
        string keyFile = Path.Combine(directory, "key.pem");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(configuration, $"tls {{\n  cert_file: \"{certificateFile}\"\n  key_file: \"{keyFile}\"\n}}\n");
        return configuration;
    }
}
