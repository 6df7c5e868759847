using System.Globalization;
using Xunit;

namespace Crash.Harness;

/// <summary>Runs cases with ever new seeds. A failure names the seeds that repeat it.</summary>
/// <remarks>
/// <c>DOTNATS_CRASH_FACTOR</c> makes a run so many times as long as the tests' own, <c>DOTNATS_CRASH_SEED</c> starts it at a seed:
/// the first case is that one; <c>DOTNATS_CRASH_FAILURES</c> is how many failures end it.
/// </remarks>
internal static class CrashRun
{
    private const int UsualFailures = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <param name="usualCount">What a short run has to reach: cases, crashes, flips, whatever <paramref name="runCase"/> counts.</param>
    /// <param name="runCase">Runs one case and says how much it counts.</param>
    /// <returns>What was reached.</returns>
    public static int Repeat(int usualCount, Func<int, int> runCase)
    {
        int seed = (int)Number("DOTNATS_CRASH_SEED", Environment.TickCount & int.MaxValue);
        int first = seed;
        long start = TimeProvider.System.GetTimestamp();
        double wanted = usualCount * Number("DOTNATS_CRASH_FACTOR", 1);
        var failures = new List<Exception>();
        double mostFailures = Number("DOTNATS_CRASH_FAILURES", UsualFailures);
        int reached = 0;
        while (reached < wanted && failures.Count < mostFailures)
        {
            try
            {
                reached += RunBounded(runCase, seed);
            }
            catch (Exception exception)
            {
                reached++;
                failures.Add(new CrashRunFailedException(string.Create(CultureInfo.InvariantCulture, $"DOTNATS_CRASH_SEED={seed} repeats: {exception.Message}"), exception));
            }

            seed = unchecked(seed + 1) & int.MaxValue;
        }

        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{reached} in {seed - first} cases, seeds from {first}, {seconds:F1} s, {failures.Count} failures"));
        return failures.Count switch { 0 => reached, 1 => throw failures[0], _ => throw new AggregateException(failures) };
    }

    /// <summary>Somebody looks for the cause of a failure.</summary>
    public static bool WantsHistory { get; } = Environment.GetEnvironmentVariable("DOTNATS_CRASH_HISTORY") is not null;

    /// <summary>Has a failure tell what led to it: all of it where <c>DOTNATS_CRASH_HISTORY</c> is set.</summary>
    public static T WithHistory<T>(List<string> history, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (WantsHistory)
        {
            throw new BrokenPromiseException($"{exception.Message}\n{string.Join('\n', history)}\n{exception.StackTrace}");
        }
    }

    // Beside the test's own thread, so that a case that never ends is a failure with a seed and not a run that never ends.
    private static int RunBounded(Func<int, int> runCase, int seed)
    {
        Task<int> running = Task.Run(() => runCase(seed));
        if (Task.WaitAny([running], Longest) < 0) throw new TimeoutException($"a case took more than {Longest}");
        return running.GetAwaiter().GetResult();
    }

    private static double Number(string variable, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : usual;
}

internal sealed class CrashRunFailedException(string message, Exception inner) : Exception(message, inner);

/// <summary>A log did not keep what it promised.</summary>
internal sealed class BrokenPromiseException(string what) : Exception(what);
