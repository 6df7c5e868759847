namespace Server.Tests.Harness;

/// <summary>Waits for conditions; the one place in these tests that pauses between looks.</summary>
public static class Eventually
{
    /// <summary>Nothing in these tests takes this long unless it is broken.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>What is read once it has stayed the same for a while; for what another program does in its own time.</summary>
    public static string Settles(Func<string> read)
    {
        string last = read();
        for (int same = 0; same < 12;)
        {
            Thread.Sleep(Pause);
            string now = read();
            same = now == last ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    public static async Task HoldsAsync(Func<bool> condition, string what) =>
        await HoldsAsync(() => Task.FromResult(condition()), what);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        DateTime end = DateTime.UtcNow + Limit;
        while (!await condition())
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"waited {Limit.TotalSeconds} s in vain for: {what}");
            await Task.Delay(Pause);
        }
    }
}
