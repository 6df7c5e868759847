namespace DotNats.JetStream.Api;

/// <summary>What a request is answered with.</summary>
/// <param name="Json">The reply's payload.</param>
/// <param name="IsError">Counts among the errors.</param>
/// <param name="IsCounted">False for what reads messages: nats-server neither counts nor audits it.</param>
internal readonly record struct ApiAnswer(byte[] Json, bool IsError = false, bool IsCounted = true)
{
    /// <summary>Whole header block; empty for none.</summary>
    public ReadOnlyMemory<byte> Headers { get; init; }

    /// <summary>Called when it is on its way: what follows it may start.</summary>
    public Action? Sent { get; init; }
}
