using System.Collections.Concurrent;
using DotNats.Primitives;
using DotNats.Server;
using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Streams;

/// <summary>Runs one stream: takes what was published and what was asked for, in batches, one thread at a time.</summary>
// Owner: the stream. Any thread posts; one work item of the pool runs at a time, and alone touches machine, rules and the log's write end.
// Lifetime: from the stream's start to StopAsync. Previous stop: StreamIngest. Next stop: ICommandOwner, then StreamMachine.
// Invariant: while something waits, the runner runs, is queued, or waits for CommitQueue to make room.
internal sealed class StreamRunner : IThreadPoolWorkItem
{
    // Batches before others get the thread: enough to be worth the queueing, few enough to be fair.
    private const int BatchesPerTurn = 8;

    // nats-server's defaults of max_buffered_msgs and max_buffered_size.
    private const int DefaultMessages = 100_000;
    private const long DefaultBytes = 128L * 1024 * 1024;

    private readonly ServerCore _server;
    private readonly LiveStream _stream;
    private readonly ConcurrentQueue<StreamCommand> _commands = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ICommandOwner _owner = null!;
    private CommitQueue _commits = null!;
    private volatile bool _isStopping;
    private volatile bool _hasEnded;

    public StreamRunner(ServerCore server, LiveStream stream)
    {
        JetStreamOptions options = server.Options.JetStream;
        _server = server;
        _stream = stream;
        Records = new RecordQueue(
            server.Chunks,
            options.MaxBufferedMessages > 0 ? options.MaxBufferedMessages : DefaultMessages,
            options.MaxBufferedBytes > 0 ? options.MaxBufferedBytes : DefaultBytes);
    }

    /// <summary>Messages that wait; who posts the first one calls <see cref="Schedule"/>.</summary>
    public RecordQueue Records { get; }

    /// <summary>Once, before anything is posted.</summary>
    public void Start(ICommandOwner owner, CommitQueue commits)
    {
        _owner = owner;
        _commits = commits;
    }

    public void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>Leaves a command; one that comes after the end is refused.</summary>
    public void Post(StreamCommand command)
    {
        _commands.Enqueue(command);
        if (_hasEnded) RefuseCommands();
        else if (Records.TryWake()) Schedule();
    }

    /// <summary>Stores what was posted, then ends; completes when that is done.</summary>
    public Task StopAsync()
    {
        Records.Close();
        _isStopping = true;
        if (Records.TryWake()) Schedule();
        return _stopped.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            for (int i = 0; i < BatchesPerTurn; i++)
            {
                while (_commands.TryDequeue(out StreamCommand? command)) _owner.Propose(command);
                // Goes on when acknowledgements have left: until then it stays the reader, so that nobody else starts it.
                if (_commits.IsFull()) return;
                if (Records.Take() is { } batch) Propose(batch);
                else if (TryRest()) return;
            }
        }
        catch (Exception exception)
        {
            StreamLog.Stopped(_server.Logger, exception, _stream.Account.Name, _stream.Name);
            _stream.OnFailed(exception.Message);
            End();
            return;
        }

        Schedule();
    }

    private void Propose(RecordBatch batch)
    {
        try
        {
            _owner.Propose(batch);
        }
        finally
        {
            Records.GiveBack(batch);
        }
    }

    // What was posted after the last look found a reader and started none: hence the second look.
    private bool TryRest()
    {
        if (_isStopping && _commands.IsEmpty)
        {
            End();
            return true;
        }

        if (!Records.TryRest()) return false;
        return (_commands.IsEmpty && !_isStopping) || !Records.TryWake();
    }

    // It stays the reader for good: nobody starts it again.
    private void End()
    {
        _hasEnded = true;
        Records.Close();
        RefuseCommands();
        _stopped.TrySetResult();
    }

    private void RefuseCommands()
    {
        while (_commands.TryDequeue(out StreamCommand? command)) command.Refuse();
    }
}
