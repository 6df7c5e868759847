using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Tracing;

/// <summary>What is known so far of one traced message's way through this server.</summary>
// Owner: the publishing call; deliveries add to it on the same thread. Lifetime: until its event is published.
// Invariant: Steps are in the order in which they were taken.
internal sealed class MessageTrace(ClientSession origin, TraceHeaders headers, byte[] subject, int size)
{
    private readonly ServerCore _server = origin.Connection.Server;
    private List<TraceStep>? _steps;

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

    /// <summary>What stands for the subscription being tried where the message was published; null where it is there itself.</summary>
    // Compat: nats-server names that one's subject.
    public Subscription? Shadow { get; set; }

    public IReadOnlyList<TraceStep> Steps => _steps ?? [];

    /// <summary>The message has another subject from here on, an empty one where it is lost.</summary>
    public void MapTo(ReadOnlySpan<byte> subject) => Mapping = new TraceMapping(subject.ToArray(), _server.Time.GetUtcNow().UtcDateTime);

    /// <summary>A destination was tried; <paramref name="error"/> is null where it took the message. The caller may hold the destination's lock.</summary>
    public void AddEgress(MemberSession destination, Subscription subscription, string? error) =>
        Add(new TraceEgress(Now, destination, Shadow ?? subscription, error));

    /// <summary>An account that imports it as a stream gets it, under this subject.</summary>
    public void AddStreamExport(Account importer, ReadOnlySpan<byte> subject) => Add(new TraceStreamExport(Now, importer, subject.ToArray()));

    /// <summary>It goes on in another account: to a service there, or back from one.</summary>
    public void AddServiceImport(Account target, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        Add(new TraceServiceImport(Now, target, from.ToArray(), to.ToArray()));

    private DateTime Now => _server.Time.GetUtcNow().UtcDateTime;

    private void Add(TraceStep step) => (_steps ??= []).Add(step);
}

/// <summary>The new subject of a traced message.</summary>
internal sealed record TraceMapping(byte[] Subject, DateTime Time);

/// <summary>One thing that happened to a traced message on its way.</summary>
internal abstract record TraceStep(DateTime Time);

/// <summary>One destination of a traced message.</summary>
internal sealed record TraceEgress(DateTime Time, MemberSession Destination, Subscription Subscription, string? Error) : TraceStep(Time);

/// <summary>A stream import that a traced message took.</summary>
internal sealed record TraceStreamExport(DateTime Time, Account Importer, byte[] Subject) : TraceStep(Time);

/// <summary>A service import that a traced message took.</summary>
internal sealed record TraceServiceImport(DateTime Time, Account Target, byte[] From, byte[] To) : TraceStep(Time);
