namespace Storage.Tests.Harness;

/// <summary>Waits for a condition, as the one place where tests pause.</summary>
internal static class Eventually
{
    /// <exception cref="OperationCanceledException">It did not come true within ten seconds.</exception>
    public static async Task IsTrueAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition()) await Task.Delay(1, limit.Token);
    }
}
