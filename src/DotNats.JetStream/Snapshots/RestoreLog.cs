using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>Fills the log of a stream that nobody uses yet, no faster than it can be made safe.</summary>
/// <param name="listener">Hears of the log; null where all of it is as safe as it will ever be, in memory.</param>
// Owner: one restore. Lifetime: the log's. Invariant: no more than MaxUnsafeBytes and one message are not safe.
internal sealed class RestoreLog(IMessageLog log, RestoreListener? listener)
{
    private const long MaxUnsafeBytes = 16L * 1024 * 1024;

    private long _unsafeBytes;

    public LogState State => log.State;

    /// <summary>Stores a message; sequences between the last and this one are given away.</summary>
    /// <exception cref="TransferException">The log refuses.</exception>
    public void Append(in NewMessage message)
    {
        AppendResult result = log.Append(message);
        if (!result.IsOk) throw new TransferException($"failed to store message sequence {message.Sequence}: {Reason(result.Status)}");
        _unsafeBytes += message.Subject.Length + message.Headers.Length + message.Payload.Length;
    }

    /// <summary>The first message will have this sequence, or a later one.</summary>
    /// <exception cref="TransferException">The log refuses.</exception>
    // Compat: a stream that was restored knows where it begins though it has nothing, as one does that was purged.
    public void BeginAt(ulong first)
    {
        log.Purge(default, 0, 0);
        SkipTo(first - 1);
    }

    /// <summary>Gives sequences away up to this one.</summary>
    /// <exception cref="TransferException">The log refuses.</exception>
    public void SkipTo(ulong last)
    {
        ulong before = log.State.LastSequence;
        if (last <= before) return;
        if (log.Skip(last - before) is not LogStatus.Ok and var status) throw new TransferException($"failed to process gap: {Reason(status)}");
    }

    /// <summary>Waits where a great deal is not safe yet.</summary>
    public ValueTask SettleAsync() => _unsafeBytes < MaxUnsafeBytes ? default : new(FlushAsync());

    /// <summary>Waits until everything is as safe as the stream asks.</summary>
    /// <exception cref="TransferException">It will never be.</exception>
    public Task FlushAsync()
    {
        _unsafeBytes = 0;
        long position = log.Position;
        log.Commit();
        return listener?.WaitAsync(position) ?? Task.CompletedTask;
    }

    internal static string Reason(LogStatus status) => status switch
    {
        LogStatus.NoSpace => "no space left on device",
        LogStatus.Refused => "expected sequence does not match store",
        _ => "write error",
    };
}

/// <summary>Hears when what was restored is safe.</summary>
// Owner: one restore waits, one wait at a time; the log tells on any thread.
internal sealed class RestoreListener : ILogListener
{
    private TaskCompletionSource? _waiter;
    private string? _failure;
    private long _committed;

    /// <exception cref="TransferException">It will never be safe.</exception>
    public async Task WaitAsync(long position)
    {
        while (Volatile.Read(ref _committed) < position)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _waiter, waiter);
            if (Volatile.Read(ref _failure) is { } failure) throw new TransferException(failure);
            if (Volatile.Read(ref _committed) >= position) return;
            await waiter.Task.ConfigureAwait(false);
        }
    }

    public void OnCommitted(long position)
    {
        Interlocked.Exchange(ref _committed, Math.Max(position, Volatile.Read(ref _committed)));
        Volatile.Read(ref _waiter)?.TrySetResult();
    }

    public void OnFailed(LogStatus status, string reason)
    {
        Interlocked.Exchange(ref _failure, RestoreLog.Reason(status));
        Volatile.Read(ref _waiter)?.TrySetResult();
    }

    public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
    {
        // Limits apply to what is restored as to anything else; there is nobody to tell.
    }
}
