using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Origins;

/// <summary>Stores what origins sent; what they wait for is said when it is safe.</summary>
internal sealed class CopyCommand(StreamOrigins origins) : StreamCommand
{
    private List<(byte[] Subject, byte[] Headers)>? _replies;

    public override void Apply(StreamMachine machine, long now) => origins.Store(machine, this, now);

    /// <summary>A consumer wants to know that everything up to now was received.</summary>
    /// <param name="subject">Where it is told.</param>
    public void Reply(ReadOnlySpan<byte> subject, ulong consumer, ulong stream) =>
        Add(subject, Encoding.ASCII.GetBytes(string.Create(null, $"NATS/1.0\r\nNats-Last-Consumer: {consumer}\r\nNats-Last-Stream: {stream}\r\n\r\n")));

    /// <summary>A consumer waits for a word it missed.</summary>
    public void Reply(ReadOnlySpan<byte> subject) => Add(subject, []);

    public override void OnCommitted(DeliveryContext context, Account account)
    {
        if (_replies is null) return;
        foreach ((byte[] subject, byte[] headers) in _replies) InternalPublisher.Publish(context, account, subject, default, headers, default);
    }

    public override void OnFailed(DeliveryContext context, Account account)
    {
        // What is not safe is not confirmed: the origin keeps it.
    }

    public override void Refuse()
    {
        // The stream has ended.
    }

    private void Add(ReadOnlySpan<byte> subject, byte[] headers) => (_replies ??= []).Add((subject.ToArray(), headers));
}

/// <summary>What became of a copied message.</summary>
internal enum CopyStatus
{
    Stored,

    /// <summary>Its id is known.</summary>
    Duplicate,

    /// <summary>There is no room now, as limits say: it is asked for again.</summary>
    Full,

    /// <summary>A rule of the stream refuses it, or its log.</summary>
    Refused,
}

/// <param name="Reason">Why it was refused.</param>
internal readonly record struct CopyOutcome(CopyStatus Status, string Reason = "");
