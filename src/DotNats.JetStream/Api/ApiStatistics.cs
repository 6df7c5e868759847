using DotNats.Server;
using DotNats.Server.Monitoring;

namespace DotNats.JetStream.Api;

/// <summary>Requests of an account, or of all.</summary>
// Owner: any handler counts, anyone reads.
internal sealed class ApiStatistics
{
    private long _total;
    private long _errors;
    private long _inflight;

    public long Total => Volatile.Read(ref _total);

    public long Errors => Volatile.Read(ref _errors);

    /// <summary>Waiting or being answered.</summary>
    public long Inflight => Volatile.Read(ref _inflight);

    public void Begin() => Interlocked.Increment(ref _inflight);

    public void End() => Interlocked.Decrement(ref _inflight);

    public void Count(bool isError)
    {
        Interlocked.Increment(ref _total);
        if (isError) Interlocked.Increment(ref _errors);
    }

    public JetStreamApiCounts Describe() => new() { Level = ServerVersion.JetStreamApiLevel, Total = Total, Errors = Errors, Inflight = Inflight };
}
