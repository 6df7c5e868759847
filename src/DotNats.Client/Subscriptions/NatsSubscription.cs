using System.Text;
using System.Threading.Channels;

namespace DotNats.Client;

/// <summary>Interest in a subject, and the messages that came of it. <c>await foreach (NatsMessage message in subscription)</c></summary>
/// <remarks>
/// Any number of readers may read at once; each message goes to one of them. Enumeration ends when the subscription does, and throws
/// <see cref="NatsConnectionClosedException"/> where the connection was lost.
/// </remarks>
// Owner: the receive loop enqueues; readers are the caller's. Invariant: _received counts on the receive loop only.
public sealed class NatsSubscription : IAsyncEnumerable<NatsMessage>, IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly NatsSubscriptionOptions _options;
    private readonly Channel<NatsMessage> _queue;
    private readonly byte[] _subjectBytes;
    private long _dropped;
    private long _maximum;
    private long _received;
    private bool _dropping;
    private int _ended;

    internal NatsSubscription(NatsConnection connection, int id, string subject, NatsSubscriptionOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueCapacity, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxMessages, nameof(options));
        _connection = connection;
        _options = options;
        _maximum = options.MaxMessages;
        _subjectBytes = Encoding.UTF8.GetBytes(subject);
        Id = id;
        Subject = subject;
        _queue = Channel.CreateBounded<NatsMessage>(new BoundedChannelOptions(options.QueueCapacity) { SingleWriter = true });
    }

    internal int Id { get; }

    /// <summary>Subject or filter subscribed to.</summary>
    public string Subject { get; }

    public string? QueueGroup => _options.QueueGroup;

    /// <summary>Messages received and not yet read.</summary>
    public int PendingMessages => _queue.Reader.Count;

    /// <summary>Messages thrown away because nobody read fast enough.</summary>
    public long DroppedMessages => Volatile.Read(ref _dropped);

    /// <summary>The next message; waits for one.</summary>
    /// <exception cref="NatsConnectionClosedException">The connection was lost.</exception>
    /// <exception cref="NatsException">The subscription has ended and everything is read.</exception>
    public async ValueTask<NatsMessage> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _queue.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException exception)
        {
            throw exception.InnerException ?? new NatsException($"The subscription on \"{Subject}\" has ended.");
        }
    }

    /// <summary>The next message, if one is here.</summary>
    public bool TryRead(out NatsMessage message) => _queue.Reader.TryRead(out message);

    public async IAsyncEnumerator<NatsMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_queue.Reader.TryRead(out NatsMessage message)) yield return message;
        }
    }

    /// <summary>Ends the subscription once it has received so many messages in all; at once where it has already.</summary>
    public void UnsubscribeAfter(int maxMessages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        Volatile.Write(ref _maximum, maxMessages);
        _connection.SendUnsubscribe(Id, maxMessages);
        if (Volatile.Read(ref _received) >= maxMessages) End(null);
    }

    /// <summary>Ends interest and returns when every message the server had sent until then is here to be read.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        _connection.SendUnsubscribe(Id, 0);
        await _connection.PingAsync(cancellationToken).ConfigureAwait(false);
        End(null);
    }

    /// <summary>Ends interest. Messages already here may still be read.</summary>
    public ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _ended) == 0) _connection.SendUnsubscribe(Id, 0);
        End(null);
        return default;
    }

    /// <summary>Completes when the subscription has ended and everything is read; never faults.</summary>
    internal Task ReadToEndAsync() => _queue.Reader.Completion.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    internal string NameOf(ReadOnlySpan<byte> subject) => subject.SequenceEqual(_subjectBytes) ? Subject : Encoding.UTF8.GetString(subject);

    /// <summary>Receive loop only. False where the caller has to wait for room.</summary>
    internal bool TryEnqueue(in NatsMessage message)
    {
        bool taken = _queue.Writer.TryWrite(message);
        if (!taken && Volatile.Read(ref _ended) == 0)
        {
            if (_options.WhenFull == NatsQueueFullMode.PauseConnection) return false;
            Drop();
        }
        else
        {
            _dropping = false;
        }

        Count();
        return true;
    }

    /// <summary>Receive loop only: waits for room.</summary>
    internal async ValueTask EnqueueAsync(NatsMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // Ended meanwhile: nobody wants it any more.
        }

        Count();
    }

    internal void End(Exception? cause)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        _connection.Forget(this);
        _queue.Writer.TryComplete(cause);
    }

    private void Count()
    {
        long received = ++_received;
        long maximum = Volatile.Read(ref _maximum);
        if (maximum > 0 && received >= maximum) End(null);
    }

    private void Drop()
    {
        Interlocked.Increment(ref _dropped);
        if (_dropping) return;
        _dropping = true;
        _connection.Report(new NatsErrorEventArgs(NatsErrorKind.SlowConsumer, $"The subscription on \"{Subject}\" drops messages: {_options.QueueCapacity} wait to be read.", this));
    }
}
