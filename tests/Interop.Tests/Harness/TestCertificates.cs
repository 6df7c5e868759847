using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Interop.Tests;

/// <summary>A throw-away authority with one certificate for the server and one for a client named alice.</summary>
public static class TestCertificates
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    /// <summary>Writes ca.pem, other-ca.pem and pairs NAME.pem, NAME.key for server and client.</summary>
    public static void WriteTo(string directory)
    {
        using X509Certificate2 authority = Authority("CN=DotNats test authority");
        using X509Certificate2 stranger = Authority("CN=Somebody else");
        File.WriteAllText(Path.Combine(directory, "ca.pem"), authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "other-ca.pem"), stranger.ExportCertificatePem());
        WritePair(directory, "server", authority, "CN=localhost");
        WritePair(directory, "client", authority, "CN=alice");
    }

    private static X509Certificate2 Authority(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow - ClockTolerance, DateTimeOffset.UtcNow + Validity);
    }

    private static void WritePair(string directory, string name, X509Certificate2 authority, string subject)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using X509Certificate2 issued = request.Create(
            authority, DateTimeOffset.UtcNow - ClockTolerance, authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        File.WriteAllText(Path.Combine(directory, name + ".pem"), issued.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, name + ".key"), key.ExportPkcs8PrivateKeyPem());
    }
}
