using System.Text;

namespace DotNats.Client;

/// <summary>One message received.</summary>
public readonly record struct NatsMessage
{
    private readonly NatsConnection? _connection;

    internal NatsMessage(NatsConnection? connection, string subject, string? reply, NatsHeaders? headers, ReadOnlyMemory<byte> payload)
    {
        _connection = connection;
        Subject = subject;
        Reply = reply;
        Headers = headers;
        Payload = payload;
    }

    /// <summary>Subject it was published to.</summary>
    public string Subject { get; }

    /// <summary>Subject an answer goes to, or null.</summary>
    public string? Reply { get; }

    /// <summary>Header lines, or null where there is no header block.</summary>
    public NatsHeaders? Headers { get; }

    /// <summary>The bytes published; the message owns them.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The payload read as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Payload.Span);

    /// <summary>Publishes an answer to <see cref="Reply"/>; waits while too much is pending.</summary>
    /// <exception cref="InvalidOperationException">The message asks for no answer.</exception>
    public ValueTask RespondAsync(ReadOnlyMemory<byte> payload, NatsHeaders? headers = null, CancellationToken cancellationToken = default)
    {
        if (_connection is null || Reply is null) throw new InvalidOperationException("The message has no reply subject.");
        return _connection.PublishAsync(Reply, payload, headers: headers, cancellationToken: cancellationToken);
    }

    /// <inheritdoc cref="RespondAsync(ReadOnlyMemory{byte}, NatsHeaders?, CancellationToken)"/>
    public ValueTask RespondAsync(string text, NatsHeaders? headers = null, CancellationToken cancellationToken = default) =>
        RespondAsync(Encoding.UTF8.GetBytes(text), headers, cancellationToken);

    /// <summary>Subject and size; payloads do not belong into logs by accident.</summary>
    public override string ToString() => $"{Subject} ({Payload.Length} bytes)";
}
