using System.Collections.Concurrent;

namespace DotNats.Primitives;

/// <summary>
/// Letters from many writers, handled one after the other on the thread pool. Posting never waits: a full mailbox says no.
/// </summary>
// Owner: any thread posts; one runner at a time, a work item of the pool, takes and handles.
// Lifetime: its user's; Close drops what waits and does not wait for a letter that is being handled.
// Invariant: 0 <= Count <= maxCount and 0 <= Bytes <= maxBytes; while a letter waits, a runner runs or is queued.
public sealed class Mailbox<T> : IThreadPoolWorkItem
{
    // Letters handled before others get the thread: enough to be worth the queueing, few enough to be fair.
    private const int LettersPerTurn = 64;

    private readonly ConcurrentQueue<Letter> _letters = new();
    private readonly Action<T> _handle;
    private readonly Action<Exception> _onError;
    private readonly int _maxCount;
    private readonly long _maxBytes;
    private long _bytes;
    private int _count;
    private int _hasRunner;
    private volatile bool _isHandling;
    private volatile bool _isClosed;

    /// <param name="handle">Called for each letter, one at a time, in the order they were posted.</param>
    /// <param name="onError">Hears of what <paramref name="handle"/> threw; the next letter is handled all the same.</param>
    /// <param name="maxCount">Letters that may wait or be handled at once.</param>
    /// <param name="maxBytes">Bytes that may; a letter larger than this is never taken.</param>
    public Mailbox(Action<T> handle, Action<Exception> onError, int maxCount, long maxBytes = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        _handle = handle;
        _onError = onError;
        _maxCount = maxCount;
        _maxBytes = maxBytes;
    }

    /// <summary>Letters waiting or being handled.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A letter is being handled.</summary>
    public bool IsHandling => _isHandling;

    /// <summary>Bytes of the letters waiting or being handled, as their writers counted them.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Leaves a letter; false where there is no room for it, or nobody to read it any more.</summary>
    /// <param name="bytes">What the letter holds on to.</param>
    public bool TryPost(T item, int bytes = 0)
    {
        if (_isClosed || !TryReserve(bytes)) return false;
        _letters.Enqueue(new Letter(item, bytes));
        if (Interlocked.Exchange(ref _hasRunner, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>Takes no more letters and drops those that wait. Any thread, also from inside the handler.</summary>
    public void Close() => _isClosed = true;

    void IThreadPoolWorkItem.Execute()
    {
        for (int i = 0; i < LettersPerTurn; i++)
        {
            if (_letters.TryDequeue(out Letter letter)) Handle(in letter);
            else if (TryRest()) return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // A letter posted after the last look found a runner and queued none: hence the second look.
    private bool TryRest()
    {
        Interlocked.Exchange(ref _hasRunner, 0);
        return _letters.IsEmpty || Interlocked.Exchange(ref _hasRunner, 1) != 0;
    }

    private void Handle(in Letter letter)
    {
        try
        {
            _isHandling = true;
            if (!_isClosed) _handle(letter.Item);
        }
        catch (Exception error)
        {
            Report(error);
        }
        finally
        {
            _isHandling = false;
            Free(letter.Bytes);
        }
    }

    private void Report(Exception error)
    {
        try
        {
            _onError(error);
        }
        catch (Exception)
        {
            // Nobody is left to tell; the other letters still count on us.
        }
    }

    private bool TryReserve(int bytes)
    {
        int count = Interlocked.Increment(ref _count);
        long held = Interlocked.Add(ref _bytes, bytes);
        if (count <= _maxCount && held <= _maxBytes) return true;
        Free(bytes);
        return false;
    }

    private void Free(int bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Decrement(ref _count);
    }

    private readonly record struct Letter(T Item, int Bytes);
}
