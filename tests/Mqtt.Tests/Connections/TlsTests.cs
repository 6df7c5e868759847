using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DotNats;
using Mqtt.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class TlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-mqtt-tls").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Clients_come_over_TLS_and_only_so()
    {
        await using MqttServer server = await MqttServer.StartAsync(mqtt: mqtt => mqtt with { Tls = Server("server") });
        MqttDialogue client = await OpenAsync(server, certificate: null);
        client.Connect("c");
        await client.ExpectAsync("CONNACK 0 0");
        await client.SubscribeAsync("00", ("a", 0));
        string large = new('x', 100_000);
        client.Publish("a", large);
        await client.ExpectAsync($"a {large} qos=0");
        server.Core.Monitoring.Varz().Mqtt.TlsCertNotAfter.ShouldNotBeNull();
        MqttDialogue plain = server.Open();
        plain.Connect("p");
        (await plain.ReadAsync()).ShouldNotStartWith("CONNACK");
    }

    [Fact]
    public async Task With_allow_non_tls_the_first_byte_tells()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with { AllowNonTls = true }, mqtt => mqtt with { Tls = Server("server") });
        await server.ConnectAsync("plain");
        MqttDialogue secure = await OpenAsync(server, certificate: null);
        secure.Connect("secure");
        await secure.ExpectAsync("CONNACK 0 0");
    }

    [Fact]
    public async Task A_client_certificate_says_who_it_is_on_this_listener_alone()
    {
        using X509Certificate2 authority = MakeAuthority();
        using X509Certificate2 ann = MakeClient(authority, "ann"), eve = MakeClient(authority, "eve");
        await using MqttServer server = await MqttServer.StartAsync(
            MqttServer.Users(new UserOptions { Username = "CN=ann" }, new UserOptions { Username = "u", Password = "p" }),
            mqtt => mqtt with { Tls = Server("server") with { CaFile = Path.Combine(_directory, "ca.pem"), Verify = true, MapToUser = true } });
        MqttDialogue client = await OpenAsync(server, ann);
        client.Connect("a");
        await client.ExpectAsync("CONNACK 0 0");
        MqttDialogue stranger = await OpenAsync(server, eve);
        stranger.Connect("e");
        await stranger.ExpectAsync("CONNACK 0 5", "closed");
        // Who has no password because a certificate stands for it is nobody to the listener without certificates.
        var nats = await server.ConnectNatsAsync("\"user\":\"u\",\"pass\":\"p\"");
        (await nats.FenceAsync()).ShouldBeEmpty();
        Exception? refused = await Record.ExceptionAsync(() => server.ConnectNatsAsync("\"user\":\"CN=ann\",\"pass\":\"\""));
        refused.ShouldNotBeNull().Message.ShouldContain("Authorization Violation");
    }

    private static async Task<MqttDialogue> OpenAsync(MqttServer server, X509Certificate2? certificate)
    {
        var stream = new SslStream(server.OpenStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = static (_, presented, _, _) => presented?.Subject == "CN=server",
            ClientCertificates = certificate is null ? null : [certificate],
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
        });
        return server.Open(stream);
    }

    private TlsOptions Server(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(3650));
        string file = Path.Combine(_directory, name);
        File.WriteAllText(file + ".pem", certificate.ExportCertificatePem());
        File.WriteAllText(file + ".key", key.ExportPkcs8PrivateKeyPem());
        return new TlsOptions { Certificates = [new TlsCertificateOptions(file + ".pem", file + ".key")] };
    }

    private X509Certificate2 MakeAuthority()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        X509Certificate2 authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(3650));
        File.WriteAllText(Path.Combine(_directory, "ca.pem"), authority.ExportCertificatePem());
        return authority;
    }

    private static X509Certificate2 MakeClient(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using X509Certificate2 signed = request.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(3000), [1, 2, 3, (byte)name.Length, (byte)name[0]]);
        using X509Certificate2 withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null);
    }
}
