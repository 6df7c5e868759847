using System.Globalization;
using Load.Wire;

namespace Load.Harness;

/// <summary>What /proc says about a process at one moment. Times in seconds, memory in bytes.</summary>
internal readonly record struct ProcessSample(double CpuSeconds, long ResidentBytes, long PeakResidentBytes)
{
    private const int ClockTicksPerSecondName = 2; // _SC_CLK_TCK
    private static readonly double TicksPerSecond = Libc.SystemConfiguration(ClockTicksPerSecondName);

    /// <exception cref="InvalidRunException">The process is gone.</exception>
    internal static ProcessSample Take(int processId)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            // The name in parentheses may contain anything; utime and stime are fields 14 and 15, the 12th and 13th behind it.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            double ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
            string[] status = File.ReadAllLines($"/proc/{processId}/status");
            return new ProcessSample(ticks / TicksPerSecond, KibibytesOf(status, "VmRSS:") * 1024, KibibytesOf(status, "VmHWM:") * 1024);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidRunException("the server process ended during the run");
        }
    }

    /// <summary>The machine's load average over the last minute.</summary>
    internal static double LoadAverage() =>
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static long KibibytesOf(string[] status, string name)
    {
        foreach (string line in status)
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
        throw new InvalidRunException("the server process ended during the run");
    }
}
