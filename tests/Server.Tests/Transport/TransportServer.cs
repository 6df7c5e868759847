using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DotNats;
using DotNats.Server;
using DotNats.Server.Connections;
using Microsoft.Extensions.Time.Testing;
using Server.Tests.Harness;

namespace Server.Tests.Transport;

/// <summary>A server spoken to over real sockets, with a clock the test turns and a log the test reads.</summary>
internal sealed class TransportServer : IAsyncDisposable
{
    private readonly List<Dialogue> _clients = [];

    private TransportServer(NatsServer server, FakeTimeProvider time, RecordedLog log)
    {
        Server = server;
        Time = time;
        Log = log;
    }

    public NatsServer Server { get; }

    public ServerCore Core => Server.Core;

    public FakeTimeProvider Time { get; }

    public RecordedLog Log { get; }

    public static async Task<TransportServer> StartAsync(NatsServerOptions options, bool portable = false)
    {
        // Certificates are judged by today's date.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var log = new RecordedLog();
        options = options with { Host = "127.0.0.1", Port = -1, Logging = options.Logging with { Debug = true } };
        NatsServer server = await NatsServer.StartAsync(options, new NatsServerDependencies { TimeProvider = time, LoggerFactory = log, PortableTransport = portable });
        return new TransportServer(server, time, log);
    }

    public async Task<NetworkStream> OpenSocketAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Server.ClientEndPoint);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A client on a plain socket that has said nothing.</summary>
    public async Task<Dialogue> OpenAsync() => Track(new Dialogue(await OpenSocketAsync()));

    /// <summary>A client that has read INFO in the clear and shaken hands.</summary>
    public async Task<Dialogue> OpenTlsAsync(X509Certificate2? certificate = null, bool first = false, string name = "localhost", SslProtocols protocols = SslProtocols.None)
    {
        NetworkStream socket = await OpenSocketAsync();
        string? info = first ? null : await ReadLineAsync(socket);
        var client = Track(new Dialogue(await ShakeHandsAsync(socket, certificate, name, protocols)));
        if (info is not null) client.Infos.Add(info[5..]);
        return client;
    }

    public static async Task<SslStream> ShakeHandsAsync(Stream stream, X509Certificate2? certificate = null, string name = "localhost", SslProtocols protocols = SslProtocols.None)
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = protocols,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            // Who the server is is not what these tests ask; the certificates are made up on the spot.
            RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
        });
        return secure;
    }

    /// <summary>One line, read byte by byte: what follows is left for the handshake.</summary>
    public static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new List<byte>();
        byte[] one = new byte[1];
        while (!line.TakeLast(2).SequenceEqual("\r\n"u8.ToArray()) && await stream.ReadAsync(one) == 1) line.Add(one[0]);
        return System.Text.Encoding.UTF8.GetString([.. line]).TrimEnd();
    }

    public Dialogue Track(Dialogue client)
    {
        _clients.Add(client);
        return client;
    }

    /// <summary>Why the last connection ended, once <paramref name="count"/> have.</summary>
    public async Task<string> LastCloseReasonAsync(int count = 1)
    {
        await Eventually.HoldsAsync(() => Core.Closed.ToArray().Length >= count, "the connection has ended");
        return Core.Closed.ToArray()[^1].Info.Reason!;
    }

    /// <summary>Turns the clock on until <paramref name="condition"/> holds: what waits for it may not have begun to wait yet.</summary>
    public Task AdvanceUntilAsync(Func<bool> condition, TimeSpan step) => Eventually.HoldsAsync(() =>
    {
        if (condition()) return true;
        Time.Advance(step);
        return condition();
    }, "time is up");

    public Connection TheConnection => Core.Connections.All.Single();

    public async ValueTask DisposeAsync()
    {
        foreach (Dialogue client in _clients) await client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
