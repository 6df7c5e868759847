using DotNats.Client;

namespace DotNats.Tests.Harness;

/// <summary>Reads what a subscription brings.</summary>
internal static class NextMessage
{
    /// <summary>The next message of a subscription, which should not take long.</summary>
    public static Task<NatsMessage> NextAsync(this NatsSubscription subscription) => Eventually.ComesAsync(subscription.ReadAsync().AsTask());
}
