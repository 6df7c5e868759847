using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DotNats.Client;
using DotNats.Tests.Harness;
using DotNats.Tests.Logging;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Client;

public abstract class TlsTests : IDisposable
{
    private readonly SocketTransport _transport;
    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _certificate;

    protected TlsTests(SocketTransport transport)
    {
        _transport = transport;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_directory.File("cert.pem"), _certificate.ExportCertificatePem());
        File.WriteAllText(_directory.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_pass_over_tls(bool handshakeFirst)
    {
        await using NatsServer server = await StartAsync(handshakeFirst);
        await using NatsConnection nats = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl, Tls = Trusting(), TlsHandshakeFirst = handshakeFirst });
        NatsSubscription subscription = nats.Subscribe("a");
        byte[] large = RandomNumberGenerator.GetBytes(200_000);
        for (int i = 0; i < 20; i++) await nats.PublishAsync("a", large);

        nats.IsTls.ShouldBeTrue();
        for (int i = 0; i < 20; i++) (await subscription.NextAsync()).Payload.ToArray().ShouldBe(large);
    }

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_refused()
    {
        await using NatsServer server = await StartAsync(handshakeFirst: false);

        await Should.ThrowAsync<AuthenticationException>(NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = $"tls://{server.ClientEndPoint}" }));
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 0, "no connection");
    }

    [Fact]
    public async Task Asking_for_tls_where_there_is_none_fails()
    {
        await using NatsServer server = await _transport.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });

        await Should.ThrowAsync<Exception>(NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = $"tls://{server.ClientEndPoint}" }));
    }

    private Task<NatsServer> StartAsync(bool handshakeFirst) => _transport.StartAsync(new NatsServerOptions
    {
        Host = "127.0.0.1",
        Port = 0,
        Tls = new TlsOptions
        {
            Certificates = [new TlsCertificateOptions(_directory.File("cert.pem"), _directory.File("key.pem"))],
            HandshakeFirst = handshakeFirst,
        },
    });

    // Vouched for by its bytes.
    private SslClientAuthenticationOptions Trusting() => new()
    {
        RemoteCertificateValidationCallback = (_, presented, _, _) => presented is not null && presented.GetRawCertData().AsSpan().SequenceEqual(_certificate.RawData),
    };
}

public sealed class TlsTestsOverLoops() : TlsTests(SocketTransport.Loops);

public sealed class TlsTestsOverStreams() : TlsTests(SocketTransport.Streams);
