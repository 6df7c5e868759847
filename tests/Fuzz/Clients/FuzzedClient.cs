using DotNats.Client.Wire;
using DotNats.Protocol;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using Shouldly;

namespace Fuzz.Clients;

/// <summary>A client session without a socket: fed in pieces as a transport would, and audited.</summary>
internal sealed class FuzzedClient
{
    private readonly RecordingEndpoint _endpoint = new();
    private readonly Queue<byte[]> _pieces;
    private byte[] _waiting = [];

    public FuzzedClient(ServerCore core, IEnumerable<byte[]> pieces)
    {
        _pieces = new Queue<byte[]>(pieces);
        Connection = core.Attach(_endpoint, "127.0.0.1", 1, peer => new ClientSession(peer, core, "STANDARD"));
        Connection.Session.Start();
        core.TryRegister(Connection);
    }

    public Connection Connection { get; }

    public bool IsDone => _pieces.Count == 0 || Connection.IsClosed;

    /// <summary>Feeds the next piece.</summary>
    public void Step(DeliveryContext context)
    {
        _waiting = [.. _waiting, .. _pieces.Dequeue()];
        ReceiveResult result = Connection.Session.Receive(context, _waiting);
        Check(result.Consumed >= 0 && result.Consumed <= _waiting.Length, "only what was shown is consumed");
        context.Flush();
        _waiting = _waiting[result.Consumed..];
        Check(result.NeededBytes == 0 || result.NeededBytes > _waiting.Length, "more is needed than is there");
    }

    /// <summary>What it was told is the NATS protocol to the last byte, and as many messages as were counted.</summary>
    public void Audit()
    {
        var session = (ClientSession)Connection.Session;
        session.Subscriptions.Count.ShouldBe(0);
        Connection.Outbound.PendingBytes.ShouldBe(0);
        long messages = 0, bytes = 0, statuses = 0;
        ReadOnlySpan<byte> rest = _endpoint.Taken;
        while (!rest.IsEmpty)
        {
            ServerOperation operation = default;
            Check(ServerOperationParser.Read(rest, ref operation) == ParseStatus.Done, $"what a client is told is whole: {Convert.ToHexString(rest[..Math.Min(rest.Length, 200)])}");
            rest = rest[operation.Length..];
            if (operation.Kind != OperationKind.Message) continue;
            // The server's own status; a published one that looks the same makes the bounds below a little wider.
            if (operation.Headers.StartsWith("NATS/1.0 503"u8)) statuses++;
            messages++;
            bytes += operation.Headers.Length + operation.Payload.Length;
        }

        Connection.Outbound.Messages.ShouldBeInRange(messages - statuses, messages);
        if (statuses == 0) Connection.Outbound.Bytes.ShouldBe(bytes);
    }

    public static void Check(bool holds, string what)
    {
        if (!holds) throw new ShouldAssertException($"not so: {what}");
    }
}
