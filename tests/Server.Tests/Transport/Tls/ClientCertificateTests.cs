using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DotNats;
using DotNats.Security;
using DotNats.Server.Connections;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport.Tls;

/// <summary>What clients' certificates are good for.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_certificate_of_the_authority_lets_in()
    {
        await using TransportServer server = await TransportServer.StartAsync(Verifying());
        Dialogue client = await (await server.OpenTlsAsync(_authority.Client("alice"))).ConnectAsync();

        client.Infos[0].ShouldContain("\"tls_verify\":true");
        TlsSessionInfo tls = server.TheConnection.Endpoint.Tls.ShouldNotBeNull();
        tls.PeerCertificate!.Subject.ShouldContain("alice");
        tls.PeerCertificates.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task No_certificate_is_refused()
    {
        await using TransportServer server = await TransportServer.StartAsync(Verifying());
        await ShouldBeRefusedAsync(server, null);

        await server.Log.ContainsAsync("Error", "TLS handshake error: tls: client didn't provide a certificate");
    }

    [Fact]
    public async Task A_certificate_of_somebody_else_is_refused_and_named()
    {
        using TestAuthority stranger = new("Stranger");
        using X509Certificate2 mallory = stranger.Client("mallory");
        await using TransportServer server = await TransportServer.StartAsync(Verifying());
        await ShouldBeRefusedAsync(server, mallory);

        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(mallory.RawData));
        await server.Log.ContainsAsync("Error",
            $"TLS handshake error: tls: failed to verify certificate: x509: certificate signed by unknown authority (CN=mallory,O=Test SHA-256: {fingerprint})");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        using X509Certificate2 old = _authority.Client("old", notAfter: new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using TransportServer server = await TransportServer.StartAsync(Verifying());
        await ShouldBeRefusedAsync(server, old);

        await server.Log.ContainsAsync("Error", "is after 2024-01-02T03:04:05Z");
    }

    [Fact]
    public async Task A_server_certificate_is_no_client_certificate()
    {
        using X509Certificate2 wrong = _authority.Issue("CN=wrong", names: null, clientUse: false);
        await using TransportServer server = await TransportServer.StartAsync(Verifying());
        await ShouldBeRefusedAsync(server, wrong);

        await server.Log.ContainsAsync("Error", "x509: certificate specifies an incompatible key usage");
    }

    [Fact]
    public async Task The_certificate_names_the_user()
    {
        await using TransportServer server = await TransportServer.StartAsync(Verifying() with
        {
            Tls = Verifying().Tls! with { MapToUser = true },
            Authorization = new AuthorizationOptions
            {
                Users =
                [
                    new UserOptions { Username = "alice@test", Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["al"] } } },
                    new UserOptions { Username = "CN=bob,O=Test" },
                ],
            },
        });
        Dialogue alice = await (await server.OpenTlsAsync(_authority.Client("alice", names => names.AddEmailAddress("alice@test")))).ConnectAsync();
        alice.Send("PUB al 0\r\n", "PUB be 0\r\n");
        (await alice.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"be\"'"]);

        await (await server.OpenTlsAsync(_authority.Client("bob"))).ConnectAsync();
        Dialogue carol = await server.OpenTlsAsync(_authority.Client("carol"));
        carol.Send("CONNECT {\"verbose\":false}");
        await carol.ExpectClosedAsync("-ERR 'Authorization Violation'");
    }

    [Fact]
    public async Task Only_pinned_keys_are_let_in()
    {
        using X509Certificate2 alice = _authority.Client("alice");
        string pin = Convert.ToHexStringLower(SHA256.HashData(alice.PublicKey.ExportSubjectPublicKeyInfo()));
        await using TransportServer server = await TransportServer.StartAsync(Verifying() with { Tls = Verifying().Tls! with { PinnedCertificates = new HashSet<string> { pin } } });
        await (await server.OpenTlsAsync(alice)).ConnectAsync();
        await ShouldBeRefusedAsync(server, _authority.Client("bob"));

        await server.Log.ContainsAsync("Debug", "Failed pinned cert test for key id: ");
        await server.Log.ContainsAsync("Error", "TLS handshake error: certificate not pinned");
    }

    [Fact]
    public async Task A_reload_closes_those_whose_key_is_not_pinned_any_more()
    {
        NatsServerOptions options = Verifying();
        await using TransportServer server = await TransportServer.StartAsync(options);
        Dialogue client = await (await server.OpenTlsAsync(_authority.Client("alice"))).ConnectAsync();
        await server.Core.ApplyOptionsAsync(options with { Tls = options.Tls! with { PinnedCertificates = new HashSet<string> { new('a', 64) } } });

        await client.ExpectClosedAsync();
        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.TlsHandshakeError.ToText());
    }

    [Fact]
    public async Task An_intermediate_authority_in_the_file_is_enough()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 client = _authority.Client("alice");
        // The authority's file now names an authority that nothing else knows the issuer of.
        (X509Certificate2 intermediate, X509Certificate2 leaf) = IssueThroughIntermediate();
        string file = _authority.PathOf("intermediate.pem");
        await File.WriteAllTextAsync(file, intermediate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await using TransportServer server = await TransportServer.StartAsync(Verifying() with { Tls = Verifying().Tls! with { CaFile = file } });

        await (await server.OpenTlsAsync(leaf)).ConnectAsync();
        await ShouldBeRefusedAsync(server, client);
    }

    private static async Task ShouldBeRefusedAsync(TransportServer server, X509Certificate2? certificate)
    {
        int before = server.Core.Closed.ToArray().Length;
        try
        {
            // With TLS 1.3 a refusal shows only after the client's side of the handshake is done.
            Dialogue client = await server.OpenTlsAsync(certificate);
            client.Send("CONNECT {}", "PING");
            (await client.ReadLineAsync()).ShouldBeNull();
        }
        catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
        {
            // Refused: as it should be.
        }

        (await server.LastCloseReasonAsync(before + 1)).ShouldBe(CloseReason.TlsHandshakeError.ToText());
    }

    private (X509Certificate2 Intermediate, X509Certificate2 Leaf) IssueThroughIntermediate()
    {
        DateTimeOffset start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=Unknown Root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 root = rootRequest.CreateSelfSigned(start, start.AddYears(50));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Intermediate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        X509Certificate2 intermediate = request.Create(root, start, start.AddYears(40), [1, 2, 3]);
        using X509Certificate2 signer = intermediate.CopyWithPrivateKey(key);
        using ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leafRequest = new CertificateRequest("CN=leaf", leafKey, HashAlgorithmName.SHA256);
        leafRequest.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using X509Certificate2 leaf = leafRequest.Create(signer, start, start.AddYears(30), [4, 5, 6]);
        return (intermediate, leaf.CopyWithPrivateKey(leafKey));
    }

    private NatsServerOptions Verifying() => new()
    {
        Tls = new TlsOptions { Certificates = [_authority.ServerFiles()], CaFile = _authority.AuthorityFile, Verify = true, Timeout = TimeSpan.FromMinutes(10) },
    };
}
