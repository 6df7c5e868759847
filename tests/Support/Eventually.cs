using System.Runtime.CompilerServices;

namespace TestSupport;

/// <summary>Waits for conditions; the one place in the tests that pauses between looks.</summary>
public static class Eventually
{
    /// <summary>Nothing in these tests takes this long unless it is broken.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <exception cref="TimeoutException">The condition did not come true; says <paramref name="what"/> was waited for.</exception>
    public static Task HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Limit)
                throw new TimeoutException($"waited {Limit.TotalSeconds} s in vain for: {what}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>The result of a task that should not take long.</summary>
    public static Task<T> ComesAsync<T>(Task<T> task) => task.WaitAsync(Limit);

    /// <inheritdoc cref="ComesAsync{T}(Task{T})"/>
    public static Task ComesAsync(Task task) => task.WaitAsync(Limit);

    /// <summary>What is read once it has stayed the same for a quarter of a second; for what another program does in its own time.</summary>
    public static string Settles(Func<string> read)
    {
        string last = read();
        for (int same = 0; same < 12;)
        {
            Thread.Sleep(20);
            string now = read();
            same = now == last ? same + 1 : 0;
            last = now;
        }

        return last;
    }
}
