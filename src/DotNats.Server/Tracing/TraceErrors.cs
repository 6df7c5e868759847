namespace DotNats.Server.Tracing;

/// <summary>Why a traced message did not arrive, in nats-server's words: tools show and compare them.</summary>
internal static class TraceErrors
{
    public const string NoEcho = "Not delivered because of no echo";
    public const string SubscriptionDenies = "Not delivered because subscription denies this subject";
    public const string SubscriptionClosed = "Not delivered because subscription is closed";
    public const string ClientClosed = "Not delivered because client is closed";
    public const string FastProducerNotStalled = "Not delivered because fast producer not stalled and consumer is slow";

    /// <summary>Of the message as a whole: it came no further than the publisher's connection.</summary>
    public const string MaxPayload = "maximum payload exceeded";
}
