using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DotNats;

namespace Server.Tests.Transport.Tls;

/// <summary>A certificate authority in a directory of its own that makes certificates for servers and clients.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nats-tls-");
    private readonly X509Certificate2 _certificate;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int _serial;

    public TestAuthority(string name = "Test Authority")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _certificate = request.CreateSelfSigned(Start, Start.AddYears(80));
        File.WriteAllText(PathOf("ca.pem"), _certificate.ExportCertificatePem());
    }

    public string AuthorityFile => PathOf("ca.pem");

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>A server certificate as files.</summary>
    public TlsCertificateOptions ServerFiles(string name = "localhost", DateTimeOffset? notAfter = null)
    {
        string stem = $"server{++_serial}";
        using X509Certificate2 certificate = Issue($"CN={name}", names => names.AddDnsName(name), clientUse: false, notAfter);
        File.WriteAllText(PathOf(stem + ".pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf(stem + ".key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return new TlsCertificateOptions(PathOf(stem + ".pem"), PathOf(stem + ".key"));
    }

    public X509Certificate2 Client(string name, Action<SubjectAlternativeNameBuilder>? names = null, DateTimeOffset? notAfter = null) =>
        Issue($"O=Test, CN={name}", names, clientUse: true, notAfter);

    public X509Certificate2 Issue(string subject, Action<SubjectAlternativeNameBuilder>? names, bool clientUse, DateTimeOffset? notAfter = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(clientUse ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1")], critical: false));
        if (names is not null)
        {
            var builder = new SubjectAlternativeNameBuilder();
            names(builder);
            request.CertificateExtensions.Add(builder.Build());
        }

        byte[] serial = BitConverter.GetBytes(++_serial + 1000);
        using X509Certificate2 certificate = request.Create(_certificate, Start, notAfter ?? Start.AddYears(70), serial);
        return certificate.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _directory.Delete(recursive: true);
    }
}
