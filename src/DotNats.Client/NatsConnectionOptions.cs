using System.Net.Security;

namespace DotNats.Client;

/// <summary>How to reach a server and how the connection behaves. Every value has a default that suits tests and tools.</summary>
public sealed record NatsConnectionOptions
{
    /// <summary><c>nats://[user:password@|token@]host[:port]</c>, <c>tls://…</c> to insist on TLS, or <c>host[:port]</c>.</summary>
    public string Url { get; init; } = "nats://127.0.0.1:4222";

    /// <summary>Opens the byte stream to the server instead of a TCP connection to <see cref="Url"/>; the connection owns what it returns.</summary>
    public Func<CancellationToken, ValueTask<Stream>>? StreamFactory { get; init; }

    /// <summary>What monitoring and logs of the server call this connection.</summary>
    public string? Name { get; init; }

    /// <summary>Who to log in as; wins over what <see cref="Url"/> says.</summary>
    public NatsCredentials? Credentials { get; init; }

    /// <summary>False keeps the messages this connection publishes away from its own subscriptions.</summary>
    public bool Echo { get; init; } = true;

    /// <summary>TLS settings; null takes the system's when the server or the URL asks for TLS.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>True shakes hands before the server has said anything (<c>handshake_first</c> of the server).</summary>
    public bool TlsHandshakeFirst { get; init; }

    /// <summary>Time from the first byte sent to the server's answer to CONNECT.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time a request waits for its reply unless the call says otherwise.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between PINGs to the server; <see cref="Timeout.InfiniteTimeSpan"/> for none.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>PINGs the server may leave unanswered before the connection is given up.</summary>
    public int MaxPingsOut { get; init; } = 2;

    /// <summary>
    /// Bytes of published messages that may wait to be sent. Beyond it <see cref="NatsConnection.TryPublish(string, ReadOnlySpan{byte}, string?, NatsHeaders?)"/>
    /// returns false and <see cref="NatsConnection.PublishAsync(string, ReadOnlyMemory{byte}, string?, NatsHeaders?, CancellationToken)"/> waits. The
    /// same again may be on its way into the socket.
    /// </summary>
    public int MaxPendingBytes { get; init; } = 1024 * 1024;

    /// <summary>First token of reply subjects made here.</summary>
    public string InboxPrefix { get; init; } = "_INBOX";

    /// <summary>Clock of timeouts and PINGs.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where it leads, without secrets.</summary>
    public override string ToString() => StreamFactory is null ? ServerAddress.Parse(Url).ToString() : "stream";
}
