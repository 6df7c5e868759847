using System.Diagnostics;

namespace Load.Workers;

/// <summary>Every latency of a run; quantiles are exact.</summary>
// Owner: one thread adds; others read after it has ended.
internal sealed class LatencySamples
{
    private long[] _ticks = new long[1 << 16];
    private int _count;

    internal int Count => _count;

    internal void Clear() => _count = 0;

    internal void Add(long ticks)
    {
        if (_count == _ticks.Length) Array.Resize(ref _ticks, _count * 2);
        _ticks[_count++] = ticks;
    }

    internal void AddAll(LatencySamples other)
    {
        foreach (long ticks in other._ticks.AsSpan(0, other._count)) Add(ticks);
    }

    /// <summary>
    /// The latency, in nanoseconds, that <paramref name="share"/> (0 to 1) of the samples do not exceed; 0 without samples.
    /// </summary>
    internal long QuantileNanoseconds(double share)
    {
        if (_count == 0) return 0;
        Array.Sort(_ticks, 0, _count);
        int index = Math.Clamp((int)Math.Ceiling(share * _count) - 1, 0, _count - 1);
        return (long)(_ticks[index] * (1e9 / Stopwatch.Frequency));
    }
}
