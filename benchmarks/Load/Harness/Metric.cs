namespace Load.Harness;

/// <summary>Names of measured values; they are also the keys of the JSON report.</summary>
internal static class Metric
{
    /// <summary>Published messages, requests or handshakes per second.</summary>
    internal const string Rate = "rate";

    /// <summary>Server CPU seconds, user and system, per million of what <see cref="Rate"/> counts.</summary>
    internal const string Cpu = "cpuSecondsPerMillion";

    /// <summary>The generator's own CPU seconds per million, to judge whether it was in the way.</summary>
    internal const string GeneratorCpu = "generatorCpuSecondsPerMillion";

    internal const string Median = "p50Microseconds";
    internal const string High = "p99Microseconds";

    /// <summary>Largest resident memory since the server's start, MiB.</summary>
    internal const string PeakMemory = "peakMemoryMiB";

    /// <summary>Resident memory when the measured phase was over, MiB.</summary>
    internal const string Memory = "memoryMiB";

    internal const string StartTime = "startMilliseconds";
    internal const string BytesPerConnection = "bytesPerConnection";
    internal const string BytesPerSubscription = "bytesPerSubscription";
    internal const string BytesPerAccount = "bytesPerAccount";

    internal const string BytesPerConsumer = "bytesPerConsumer";

    /// <summary>Percent of a core the server takes when nobody asks it for anything.</summary>
    internal const string IdleCpu = "idleCpuPercent";

    /// <summary>Percent of a publisher's rate that consumers of other subjects cost.</summary>
    internal const string PublishLoss = "publishLossPercent";

    /// <summary>Percent of the other consumers' rate that a slow one costs.</summary>
    internal const string SlowLoss = "slowLossPercent";

    /// <summary>Milliseconds from execve until every account was used.</summary>
    internal const string LoadTime = "loadMilliseconds";

    /// <summary>Microseconds by which matching a subject for the first time is slower than matching a known one, median.</summary>
    internal const string ColdMatch = "coldMatchMicroseconds";

    /// <summary>Percent of the throughput that heavy SUB and UNSUB on another connection costs.</summary>
    internal const string ChurnLoss = "churnLossPercent";

    /// <summary>The machine's one-minute load average when the run began.</summary>
    internal const string LoadAverage = "loadAverage";

    /// <summary>How a report shows a value.</summary>
    internal static string Show(string metric, double value) => metric switch
    {
        Rate when value >= 1e6 => $"{value / 1e6:F2} M/s",
        Rate when value >= 1e4 => $"{value / 1e3:F1} k/s",
        Rate => $"{value:F0} /s",
        Cpu or GeneratorCpu => $"{value:G3} s",
        Median or High or ColdMatch => $"{value:F1} µs",
        PeakMemory or Memory => $"{value:F1} MiB",
        StartTime or LoadTime => $"{value:F1} ms",
        BytesPerConnection or BytesPerSubscription or BytesPerAccount or BytesPerConsumer => $"{value:F0} B",
        ChurnLoss or PublishLoss or SlowLoss => $"{value:F1} %",
        IdleCpu => $"{value:F2} %",
        _ => $"{value:F2}",
    };
}
