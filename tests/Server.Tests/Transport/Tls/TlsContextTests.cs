using System.Net.Security;
using System.Security.Cryptography;
using DotNats;
using DotNats.Server.Transport.Tls;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport.Tls;

/// <summary>Files and values of a tls block: what is used, what is refused and how.</summary>
public sealed class TlsContextTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task The_name_a_client_asks_for_chooses_the_certificate()
    {
        var options = new TlsOptions { Certificates = [_authority.ServerFiles("one.test"), _authority.ServerFiles("two.test")], Timeout = TimeSpan.FromMinutes(10) };
        await using TransportServer server = await TransportServer.StartAsync(new NatsServerOptions { Tls = options });

        (await NameShownToAsync(server, "two.test")).ShouldBe("CN=two.test");
        (await NameShownToAsync(server, "one.test")).ShouldBe("CN=one.test");
        (await NameShownToAsync(server, "three.test")).ShouldBe("CN=one.test");
    }

    [Fact]
    public async Task A_reload_gives_new_handshakes_the_new_certificate()
    {
        NatsServerOptions options = new() { Tls = new TlsOptions { Certificates = [_authority.ServerFiles("old.test")], Timeout = TimeSpan.FromMinutes(10) } };
        await using TransportServer server = await TransportServer.StartAsync(options);
        Dialogue before = await (await server.OpenTlsAsync()).ConnectAsync();
        // The same paths with other contents: what a renewed certificate looks like.
        TlsCertificateOptions renewed = _authority.ServerFiles("new.test", new DateTimeOffset(2060, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.Copy(renewed.CertificateFile, options.Tls.Certificates[0].CertificateFile, overwrite: true);
        File.Copy(renewed.KeyFile, options.Tls.Certificates[0].KeyFile, overwrite: true);
        await server.Core.ApplyOptionsAsync(options with { });

        (await NameShownToAsync(server, "x")).ShouldBe("CN=new.test");
        server.Core.Listener.Tls!.NotAfter.ShouldBe(new DateTime(2060, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        (await before.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reload_that_cannot_read_its_files_changes_nothing()
    {
        NatsServerOptions options = new() { Tls = new TlsOptions { Certificates = [_authority.ServerFiles("old.test")], Timeout = TimeSpan.FromMinutes(10) } };
        await using TransportServer server = await TransportServer.StartAsync(options);

        NatsServerOptions broken = options with { Limits = new LimitOptions { MaxPayloadBytes = 17 }, Tls = options.Tls with { Certificates = [new("/nope.pem", "/nope.key")] } };
        (await Should.ThrowAsync<TlsConfigurationException>(() => server.Core.ApplyOptionsAsync(broken))).Message
            .ShouldBe("error parsing X509 certificate/key pair: open /nope.pem: no such file or directory");
        server.Core.Options.Limits.MaxPayloadBytes.ShouldNotBe(17);
        (await NameShownToAsync(server, "x")).ShouldBe("CN=old.test");
    }

    [Fact]
    public void Https_gets_the_same_certificates_and_asks_for_none()
    {
        TlsContext context = TlsContext.Load(new TlsOptions { Certificates = [_authority.ServerFiles("one.test")], CaFile = _authority.AuthorityFile, Verify = true });
        SslServerAuthenticationOptions https = context.ForHttps("");

        https.ServerCertificateContext!.TargetCertificate.Subject.ShouldBe("CN=one.test");
        https.ClientCertificateRequired.ShouldBeFalse();
    }

    [Fact]
    public void Every_flaw_has_its_text()
    {
        TlsCertificateOptions one = _authority.ServerFiles();
        TlsCertificateOptions two = _authority.ServerFiles();
        string text = _authority.PathOf("plain.txt");
        File.WriteAllText(text, "no PEM here");
        string mixed = _authority.PathOf("broken.key");
        File.WriteAllText(mixed, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");

        Flaw(one with { KeyFile = two.KeyFile }).ShouldBe("tls: private key does not match public key");
        Flaw(one with { KeyFile = one.CertificateFile }).ShouldBe("tls: found a certificate rather than a key in the PEM for the private key");
        Flaw(one with { KeyFile = text }).ShouldBe("tls: failed to find any PEM data in key input");
        Flaw(one with { KeyFile = mixed }).ShouldBe("tls: failed to parse private key");
        Flaw(one with { CertificateFile = text }).ShouldBe("tls: failed to find any PEM data in certificate input");
        Flaw(new TlsCertificateOptions(one.KeyFile, one.CertificateFile))
            .ShouldBe("tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched");
        Flaw(one with { KeyFile = "/nope" }).ShouldBe("open /nope: no such file or directory");
        Error(new TlsOptions { Certificates = [one, two with { KeyFile = "/nope" }] })
            .ShouldBe("error parsing X509 certificate/key pair 2/2: open /nope: no such file or directory");
        Error(new TlsOptions { CertificateStore = new CertificateStoreOptions { Store = "windowscurrentuser" } }).ShouldBe("cert_store not compatible with current operating system");
        Error(new TlsOptions()).ShouldBe("missing 'cert_file' in TLS configuration");
        Error(new TlsOptions { Certificates = [one], CaFile = "/nope" }).ShouldBe("open /nope: no such file or directory");
        Error(new TlsOptions { Certificates = [one], CaFile = text }).ShouldBe("failed to parse root ca certificate");
        Error(new TlsOptions { Certificates = [one], CipherSuites = ["NOPE"] }).ShouldBe("unrecognized cipher NOPE");
        Error(new TlsOptions { Certificates = [one], CurvePreferences = ["NOPE"] }).ShouldBe("unrecognized curve preference NOPE");
        Error(new TlsOptions { Certificates = [one], MinVersion = "1.1" }).ShouldBe("unsupported minimum TLS version: TLS 1.1");
        TlsContext.Load(new TlsOptions { Certificates = [one], CurvePreferences = ["X25519", "CurveP256"] }).ShouldNotBeNull();

        string Flaw(TlsCertificateOptions files) => Error(new TlsOptions { Certificates = [files] }).Replace("error parsing X509 certificate/key pair: ", "", StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_in_every_usual_form_are_read()
    {
        using RSA rsa = RSA.Create(2048);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=rsa", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90));
        string file = _authority.PathOf("rsa.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        foreach (string key in new[] { rsa.ExportRSAPrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem() })
        {
            string keyFile = _authority.PathOf("rsa.key");
            File.WriteAllText(keyFile, key);
            TlsContext.Load(new TlsOptions { Certificates = [new(file, keyFile)] }).NotAfter.Year.ShouldBe(2060);
        }
    }

    private static string Error(TlsOptions options) => Should.Throw<TlsConfigurationException>(() => TlsContext.Load(options)).Message;

    private static async Task<string> NameShownToAsync(TransportServer server, string name)
    {
        await using Stream socket = await server.OpenSocketAsync();
        await TransportServer.ReadLineAsync(socket);
        await using SslStream client = await TransportServer.ShakeHandsAsync(socket, name: name);
        return client.RemoteCertificate!.Subject;
    }
}
