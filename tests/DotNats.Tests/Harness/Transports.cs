namespace DotNats.Tests.Harness;

/// <summary>How a server serves its sockets: over the epoll loops of Linux, or over streams as on every other system.</summary>
public enum SocketTransport
{
    Loops,
    Streams,
}

internal static class Transports
{
    /// <summary>Starts a server whose sockets go this way; where there are no loops both ways are one.</summary>
    public static Task<NatsServer> StartAsync(this SocketTransport transport, NatsServerOptions options, NatsServerDependencies? dependencies = null) =>
        NatsServer.StartAsync(options, (dependencies ?? new NatsServerDependencies()) with { PortableTransport = transport == SocketTransport.Streams });
}
