namespace DotNats.Server.Monitoring;

/// <summary>What the process takes of the machine.</summary>
// Owner: any request's thread swaps the sample. No timer: the load is measured between two requests that are at least a second apart.
internal sealed class ProcessUsage
{
    private readonly TimeProvider _time;
    private Sample _last;

    public ProcessUsage(TimeProvider time)
    {
        _time = time;
        _last = new Sample(time.GetTimestamp(), Environment.CpuUsage.TotalTime, 0);
    }

    /// <summary>Resident bytes.</summary>
    public static long ResidentBytes => Environment.WorkingSet;

    /// <summary>Percent of one core, one decimal, since the request before this one; the same value again within a second.</summary>
    public double ReadCpuPercent()
    {
        Sample last = Volatile.Read(ref _last);
        TimeSpan elapsed = _time.GetElapsedTime(last.Timestamp);
        if (elapsed < TimeSpan.FromSeconds(1)) return last.Percent;
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        double percent = Math.Max(0, Math.Floor((cpu - last.Cpu) / elapsed * 1000) / 10);
        Interlocked.CompareExchange(ref _last, new Sample(_time.GetTimestamp(), cpu, percent), last);
        return percent;
    }

    private sealed record Sample(long Timestamp, TimeSpan Cpu, double Percent);
}
