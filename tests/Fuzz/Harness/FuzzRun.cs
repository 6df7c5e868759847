using System.Globalization;

namespace Fuzz.Harness;

/// <summary>Repeats a case with ever new seeds for a bounded time. A failure names the one seed that repeats it.</summary>
/// <remarks><c>DOTNATS_FUZZ_SECONDS</c> makes a run longer, <c>DOTNATS_FUZZ_SEED</c> starts it at a seed: the first case is that one.</remarks>
internal static class FuzzRun
{
    private const double UsualSeconds = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public static void Repeat(Action<Random> runCase)
    {
        int seed = (int)Number("DOTNATS_FUZZ_SEED", Environment.TickCount & int.MaxValue);
        TimeSpan duration = TimeSpan.FromSeconds(Number("DOTNATS_FUZZ_SECONDS", UsualSeconds));
        long start = TimeProvider.System.GetTimestamp();
        do
        {
            try
            {
                RunBounded(runCase, seed);
            }
            catch (Exception exception)
            {
                throw new FuzzFailedException(string.Create(CultureInfo.InvariantCulture, $"DOTNATS_FUZZ_SEED={seed} repeats: {exception.Message}"), exception);
            }

            seed = unchecked(seed + 1) & int.MaxValue;
        }
        while (TimeProvider.System.GetElapsedTime(start) < duration);
    }

    // Beside the test's own thread, so that a case that never ends is a failure with a seed and not a run that never ends.
    private static void RunBounded(Action<Random> runCase, int seed)
    {
        Task running = Task.Run(() => runCase(new Random(seed)));
        if (Task.WaitAny([running], Longest) < 0) throw new TimeoutException($"a case took more than {Longest}");
        running.GetAwaiter().GetResult();
    }

    private static double Number(string variable, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : usual;
}

internal sealed class FuzzFailedException(string message, Exception inner) : Exception(message, inner);
