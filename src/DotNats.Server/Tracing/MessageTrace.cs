using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Tracing;

/// <summary>What is known so far of one traced message's way through this server.</summary>
// Owner: the publishing call; deliveries add to it on the same thread. Lifetime: until its event is published.
// Invariant: Egresses are in the order in which destinations were tried.
internal sealed class MessageTrace(ClientSession origin, TraceHeaders headers, byte[] subject, int size)
{
    private readonly ServerCore _server = origin.Connection.Server;
    private List<TraceEgress>? _egresses;

    public TraceHeaders Headers { get; } = headers;

    /// <summary>Header block and payload, in bytes.</summary>
    public int Size { get; } = size;

    public ClientSession Origin { get; } = origin;

    public Account Account { get; } = origin.Account;

    public byte[] Subject { get; } = subject;

    public DateTime Time { get; } = origin.Connection.Server.Time.GetUtcNow().UtcDateTime;

    /// <summary>Destinations are named, none gets the message.</summary>
    public bool IsTraceOnly { get; } = headers.IsTraceOnly;

    /// <summary>Why the message was refused; null where it was not.</summary>
    public string? IngressError { get; set; }

    /// <summary>Where the account's mappings sent the message; null where they did nothing.</summary>
    public TraceMapping? Mapping { get; private set; }

    public IReadOnlyList<TraceEgress> Egresses => _egresses ?? [];

    /// <summary>The message has another subject from here on, an empty one where it is lost.</summary>
    public void MapTo(ReadOnlySpan<byte> subject) => Mapping = new TraceMapping(subject.ToArray(), _server.Time.GetUtcNow().UtcDateTime);

    /// <summary>A destination was tried; <paramref name="error"/> is null where it took the message. The caller may hold the destination's lock.</summary>
    public void AddEgress(ClientSession destination, Subscription subscription, string? error)
    {
        _egresses ??= [];
        _egresses.Add(new TraceEgress(destination, subscription, error, _server.Time.GetUtcNow().UtcDateTime));
    }
}

/// <summary>The new subject of a traced message.</summary>
internal sealed record TraceMapping(byte[] Subject, DateTime Time);

/// <summary>One destination of a traced message.</summary>
internal sealed record TraceEgress(ClientSession Destination, Subscription Subscription, string? Error, DateTime Time);
