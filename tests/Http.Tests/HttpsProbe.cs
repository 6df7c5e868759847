using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DotNats;
using Shouldly;

namespace Http.Tests;

/// <summary>A client that tells which certificate it was shown, and certificates to show.</summary>
internal static class HttpsProbe
{
    /// <summary>Asks for <c>/healthz</c> on a new connection; returns the subject of the server's certificate.</summary>
    public static async Task<string> SubjectAsync(int port)
    {
        string subject = "";
        using HttpClientHandler handler = new()
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                subject = certificate!.Subject;
                return true;
            },
        };
        using HttpClient client = new(handler);
        (await client.GetStringAsync(new Uri($"https://127.0.0.1:{port}/healthz"))).ShouldBe("{\"status\":\"ok\"}");
        return subject;
    }

    public static X509Certificate2 CreateCertificate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}

/// <summary>PEM files that are gone with the test.</summary>
internal sealed class TemporaryCertificates : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("dotnats-http");

    /// <summary>Writes a certificate and its key; returns TLS options that name them.</summary>
    public TlsOptions Create(string name)
    {
        using X509Certificate2 certificate = HttpsProbe.CreateCertificate(name);
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path + ".pem", certificate.ExportCertificatePem());
        File.WriteAllText(path + ".key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return new TlsOptions { Certificates = [new TlsCertificateOptions(path + ".pem", path + ".key")] };
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
