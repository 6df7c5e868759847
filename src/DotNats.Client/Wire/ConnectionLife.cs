using System.Diagnostics.CodeAnalysis;

namespace DotNats.Client.Wire;

/// <summary>The loops of one connection, and its one end.</summary>
// Owner of the stream: SendLoop writes, ReceiveLoop reads; RunAsync waits for the first to end, ends the others and disposes it.
// Invariant: Closed is set before Completion completes, both once.
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer, and whoever closes last may still cancel it.")]
internal sealed class ConnectionLife(Stream stream, Outbound outbound, NatsConnectionOptions options)
{
    // A server that is there answers within milliseconds; one that is not must not hold up whoever disposes.
    private static readonly TimeSpan LongestLinger = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NatsConnectionClosedException? _closed;
    private volatile bool _endedHere;

    public Task Completion => _completion.Task;

    /// <summary>Null while it lives.</summary>
    public NatsConnectionClosedException? Closed => Volatile.Read(ref _closed);

    /// <summary>Why it ended, unless this side ended it.</summary>
    public Exception? Cause => Closed?.InnerException;

    /// <summary>The server's latest <c>-ERR</c>, until it says something else: it explains an end better than the end itself.</summary>
    public NatsServerException? LastServerError { get; set; }

    /// <summary>Runs the connection to its end, then tells <paramref name="connection"/>. Never throws.</summary>
    public async Task RunAsync(ReceiveBuffer buffer, NatsConnection connection)
    {
        Task<Exception?> sending = Task.Run(() => new SendLoop(outbound, stream).RunAsync(_stop.Token));
        Task<Exception?> receiving = Task.Run(() => new ReceiveLoop(stream, buffer, connection).RunAsync(_stop.Token));
        Task<Exception?> keepingAlive = new KeepAlive(options, outbound).RunAsync(_stop.Token);
        Task<Exception?> first = await Task.WhenAny(receiving, sending, keepingAlive).ConfigureAwait(false);
        if (first == sending) await HearOutAsync(receiving).ConfigureAwait(false);
        Exception? cause = _endedHere ? null : LastServerError ?? await first.ConfigureAwait(false) ?? new NatsException("The server closed the connection.");
        await EndAsync().ConfigureAwait(false);
        await DisposeStreamAsync().ConfigureAwait(false);
        await Task.WhenAll(sending, receiving, keepingAlive).ConfigureAwait(false);
        NatsConnectionClosedException closed = NatsConnectionClosedException.Because(cause);
        Volatile.Write(ref _closed, closed);
        foreach (TaskCompletionSource pong in outbound.TakePings())
        {
            pong.TrySetException(closed);
            // Looked at: nobody may be waiting, and the runtime would report it as forgotten.
            _ = pong.Task.Exception;
        }

        connection.OnEnded(closed);
        _completion.TrySetResult();
    }

    /// <summary>A PING; completes with its PONG.</summary>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken)
    {
        var pong = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long start = options.TimeProvider.GetTimestamp();
        if (outbound.AppendPing(pong) != AppendResult.Ok) throw NatsConnectionClosedException.Because(Cause);
        await pong.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return options.TimeProvider.GetElapsedTime(start);
    }

    /// <summary>Ends it once the server has everything that was sent, or after a while.</summary>
    public async Task StopAsync()
    {
        _endedHere = true;
        try
        {
            await PingAsync(CancellationToken.None).WaitAsync(LongestLinger, options.TimeProvider).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NatsException or TimeoutException)
        {
            // Gone, or not answering: nothing more can be done for what waits.
        }

        await AbortAsync().ConfigureAwait(false);
    }

    /// <summary>Ends it now.</summary>
    public async Task AbortAsync()
    {
        await EndAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(false);
    }

    // A server that closes says why first: that may be on its way while writing fails already.
    private async Task HearOutAsync(Task receiving)
    {
        if (_endedHere) return;
        outbound.Close();
        try
        {
            await receiving.WaitAsync(LongestLinger, options.TimeProvider, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // It says nothing more, or nobody wants to hear it any more.
        }
    }

    private Task EndAsync()
    {
        outbound.Close();
        return _stop.CancelAsync();
    }

    private async Task DisposeStreamAsync()
    {
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It was broken already.
        }
    }
}
