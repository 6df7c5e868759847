using System.Text;
using DotNats.Storage;
using Storage.Tests.Harness;

namespace Storage.Tests.Logs;

/// <summary>Remembers what a log told.</summary>
internal sealed class RecordingListener : ILogListener
{
    private readonly Lock _gate = new();
    private readonly List<(ulong Sequence, string Subject, int Bytes, RemovalReason Reason, bool IsLast)> _removed = [];
    private long _committed = -1;
    private string? _failure;

    public long Committed => Volatile.Read(ref _committed);

    public string? Failure => Volatile.Read(ref _failure);

    public IReadOnlyList<(ulong Sequence, string Subject, int Bytes, RemovalReason Reason, bool IsLast)> Removed
    {
        get
        {
            lock (_gate) return [.. _removed];
        }
    }

    public void OnCommitted(long position)
    {
        lock (_gate) _committed = Math.Max(_committed, position);
    }

    public void OnFailed(LogStatus status, string reason) => Volatile.Write(ref _failure, $"{status}: {reason}");

    public void OnRemoved(
        ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
    {
        lock (_gate) _removed.Add((sequence, Encoding.UTF8.GetString(subject), bytes, reason, isLastOfSubject));
    }

    public Task WaitForAsync(long position) => Eventually.HoldsAsync(() => Committed >= position);
}
