using DotNats.JetStream.Publishing;
using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>Hears what a stream's log does by itself: who waits is answered, and a subject that is empty now gets its marker.</summary>
// Owner: the stream. OnCommitted and OnFailed on any thread, OnRemoving and OnRemoved inside the runner's calls of the log.
internal sealed class StreamLogListener : ILogListener
{
    private readonly List<byte[]> _subjects = [];
    private volatile LiveStream? _stream;
    private int _runnerThread;

    /// <summary>Told of schedules that go; null before the stream runs.</summary>
    public StreamSchedules? Schedules { get; set; }

    /// <summary>Life of markers; zero for none.</summary>
    public TimeSpan MarkerTtl { get; set; }

    /// <summary>The log is in use from now on.</summary>
    public void Attach(LiveStream stream) => _stream = stream;

    /// <summary>The runner is inside a call of the log, where word of what is safe may come at once.</summary>
    public void EnterLog() => Volatile.Write(ref _runnerThread, Environment.CurrentManagedThreadId);

    public void LeaveLog() => Volatile.Write(ref _runnerThread, 0);

    public void OnCommitted(long position)
    {
        if (_stream is not { } stream) return;
        stream.Origins.OnCommitted(position);
        if (Volatile.Read(ref _runnerThread) == Environment.CurrentManagedThreadId) stream.Commits.OnCommittedInTurn(position);
        else stream.Commits.OnCommitted(position);
    }

    public void OnFailed(LogStatus status, string reason) => _stream?.OnLogFailed(status, reason);

    public void OnRemoving(ulong sequence) => _stream?.Origins.OnRemoving(sequence);

    public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
    {
        Schedules?.OnRemoved(sequence, subject);
        _stream?.Wakeups.OnRemoved(sequence, subject, reason);
        if (MarkerTtl > TimeSpan.Zero && DeleteMarkers.IsDue(reason, headers, isLastOfSubject)) _subjects.Add(subject.ToArray());
    }

    /// <summary>Stores the markers that are due.</summary>
    public void StoreMarkers(StreamMachine machine, long now)
    {
        if (_subjects.Count == 0) return;
        byte[] headers = DeleteMarkers.MakeHeaders(MarkerTtl);
        byte[][] due = [.. _subjects];
        _subjects.Clear();
        foreach (byte[] subject in due) machine.StoreOwn(subject, headers, default, now);
    }
}
