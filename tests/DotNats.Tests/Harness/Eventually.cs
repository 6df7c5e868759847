using DotNats.Client;
using Shouldly;

namespace DotNats.Tests.Harness;

/// <summary>Waits for a condition instead of a time.</summary>
internal static class Eventually
{
    // Long enough for a busy machine; only a failing test waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Polls until the condition holds; fails with <paramref name="what"/> when it never does.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience) throw new ShouldAssertException($"still not: {what}");
            await Task.Delay(5);
        }
    }

    /// <summary>The result of a task that should not take long.</summary>
    public static Task<T> ComesAsync<T>(Task<T> task) => task.WaitAsync(Patience);

    /// <inheritdoc cref="ComesAsync{T}(Task{T})"/>
    public static Task ComesAsync(Task task) => task.WaitAsync(Patience);

    /// <summary>The next message of a subscription, which should not take long.</summary>
    public static Task<NatsMessage> NextAsync(this NatsSubscription subscription) => subscription.ReadAsync().AsTask().WaitAsync(Patience);
}
