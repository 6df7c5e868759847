using System.Text;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>Remembers what a log told: how far it is safe, whether it failed, what it removed by itself.</summary>
internal sealed class CrashListener : ILogListener
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly ManualResetEventSlim _changed = new();
    private long _committed;
    private string? _failure;

    public List<(ulong Sequence, string Subject, int Bytes, RemovalReason Reason)> Removed { get; } = [];

    public long Committed => Volatile.Read(ref _committed);

    public string? Failure => Volatile.Read(ref _failure);

    public void OnCommitted(long position)
    {
        if (position > Committed) Volatile.Write(ref _committed, position);
        _changed.Set();
    }

    public void OnFailed(LogStatus status, string reason)
    {
        Volatile.Write(ref _failure, $"{status}: {reason}");
        _changed.Set();
    }

    public void OnRemoved(
        ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject) =>
        Removed.Add((sequence, Encoding.UTF8.GetString(subject), bytes, reason));

    /// <summary>Waits, where a store has threads of its own, until a position is safe or the log failed; true for safe.</summary>
    public bool Wait(long position, Func<bool> or)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (Committed < position && Failure is null && !or())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Longest) throw new BrokenPromiseException("a commit never ended");
            _changed.Wait(TimeSpan.FromMilliseconds(50));
            _changed.Reset();
        }

        return Committed >= position;
    }

    public void ForgetFailure() => Volatile.Write(ref _failure, null);
}
