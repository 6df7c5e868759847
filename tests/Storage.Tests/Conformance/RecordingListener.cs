using System.Text;
using DotNats.Storage;

namespace Storage.Tests.Conformance;

/// <param name="Headers">Only where a log must tell them.</param>
internal sealed record Removal(ulong Sequence, string Subject, string Headers, int Bytes, RemovalReason Reason, bool IsLastOfSubject)
{
    public static string ToldHeaders(ReadOnlySpan<byte> headers, RemovalReason reason) =>
        reason is RemovalReason.Age or RemovalReason.Ttl ? Encoding.Latin1.GetString(headers) : "";
}

/// <summary>Keeps what a log told.</summary>
internal sealed class RecordingListener : ILogListener
{
    private readonly TaskCompletionSource<(LogStatus Status, string Reason)> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _committed;

    public List<Removal> Removals { get; } = [];

    public long Committed => Volatile.Read(ref _committed);

    public Task<(LogStatus Status, string Reason)> Failed => _failed.Task;

    public void OnCommitted(long position)
    {
        Volatile.Write(ref _committed, position);
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>Waits until everything up to a position is committed.</summary>
    public async Task WaitForAsync(long position)
    {
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            if (Committed >= position) return;
            await changed.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    public void OnFailed(LogStatus status, string reason) => _failed.TrySetResult((status, reason));

    public void OnRemoved(
        ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject) =>
        Removals.Add(new Removal(sequence, Encoding.Latin1.GetString(subject), Removal.ToldHeaders(headers, reason), bytes, reason, isLastOfSubject));

    public List<Removal> Take()
    {
        List<Removal> taken = [.. Removals];
        Removals.Clear();
        return taken;
    }
}
