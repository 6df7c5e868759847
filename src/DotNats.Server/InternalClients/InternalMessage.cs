using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.InternalClients;

/// <summary>A message a part of the server received: its own copy, for as long as the handler likes.</summary>
internal sealed class InternalMessage
{
    private readonly byte[] _body;
    private readonly int _headerLength;

    public InternalMessage(InternalSubscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        Subscription = subscription;
        Subject = subject.ToArray();
        Reply = message.Reply.ToArray();
        _headerLength = Math.Max(0, message.HeaderLength);
        _body = message.Body[..message.Size].ToArray();
        Origin = message.Origin;
    }

    public InternalSubscription Subscription { get; }

    public byte[] Subject { get; }

    /// <summary>Where an answer goes; empty for nowhere.</summary>
    public byte[] Reply { get; }

    /// <summary>Header block with its status line and the empty line at its end; empty for none.</summary>
    public ReadOnlySpan<byte> Headers => _body.AsSpan(0, _headerLength);

    public ReadOnlySpan<byte> Payload => _body.AsSpan(_headerLength);

    /// <summary>The connection that published it; null for the server itself. It may be closed by now.</summary>
    public Connection? Origin { get; }

    /// <summary>What a copy holds on to.</summary>
    public int Bytes => Subject.Length + Reply.Length + _body.Length;
}
