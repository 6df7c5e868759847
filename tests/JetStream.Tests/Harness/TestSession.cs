using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace JetStream.Tests.Harness;

/// <summary>A client without a transport: what it sends is handed to its session, what it gets is taken at once.</summary>
internal static class TestSession
{
    public static Session Connect(ServerCore core)
    {
        Connection connection = core.Attach(new SwallowingEndpoint(), "127.0.0.1", 1, peer => new ClientSession(peer, core, "STANDARD"));
        connection.Session.Start();
        Receive(connection.Session, core.Contexts.Create(), "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true}\r\n"u8);
        return connection.Session;
    }

    public static void Receive(Session session, DeliveryContext context, ReadOnlySpan<byte> bytes)
    {
        if (session.Receive(context, bytes).Consumed != bytes.Length) throw new InvalidOperationException("not all bytes were consumed");
        context.Flush();
    }
}
