using System.Collections.Concurrent;
using System.Diagnostics;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Streams;

/// <summary>Runs one stream: takes what was published and what was asked for, in batches, one thread at a time.</summary>
/// <remarks>
/// Where nobody runs it already it runs on its publisher's thread, behind what one read brought: a wake-up costs more than storing a few hundred
/// messages. What may take long (commands, a stream that had to wait for its files lately) is done by the pool.
/// </remarks>
// Owner: the stream. Any thread posts; one thread runs at a time, and alone touches machine, rules and the log's write end.
// Lifetime: from the stream's start to StopAsync. Previous stop: StreamIngest. Next stop: ICommandOwner, then StreamMachine.
// Invariant: while something waits, the runner runs, is queued, or waits for CommitQueue or the log to make room.
internal sealed class StreamRunner : IThreadPoolWorkItem, IBatchWork
{
    // Batches before others get the thread: enough to be worth the queueing, few enough to be fair.
    private const int BatchesPerTurn = 8;

    // nats-server's defaults of max_buffered_msgs and max_buffered_size.
    private const int DefaultMessages = 100_000;
    private const long DefaultBytes = 128L * 1024 * 1024;

    private readonly ServerCore _server;
    private readonly LiveStream _stream;
    private readonly ConcurrentQueue<StreamCommand> _commands = new();
    private readonly LoopPace _pace = new();
    private readonly RoomWaiter _room;
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
        _room = new RoomWaiter(this);
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

    void IThreadPoolWorkItem.Execute() => Run(context: null);

    void IBatchWork.Run(DeliveryContext context)
    {
        long start = Stopwatch.GetTimestamp();
        if (!_commands.IsEmpty || !_pace.IsQuick(start))
        {
            Schedule();
            return;
        }

        Run(context);
        _pace.Note(start, Stopwatch.GetTimestamp());
    }

    // Whoever runs next may do so before this returns: nothing but its pace is touched behind the end of the turn.
    private void Run(DeliveryContext? context)
    {
        try
        {
            for (int i = 0; i < BatchesPerTurn; i++)
            {
                while (_commands.TryDequeue(out StreamCommand? command)) Propose(command, context);
                // Goes on when acknowledgements have left: until then it stays the reader, so that nobody else starts it.
                if (_commits.IsFull() || WaitsForLog()) return;
                if (Records.Take() is { } batch) Propose(batch, context);
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

    private void Propose(StreamCommand command, DeliveryContext? context)
    {
        _commits.Context = context;
        _owner.Propose(command);
        _commits.Context = null;
    }

    private void Propose(RecordBatch batch, DeliveryContext? context)
    {
        _commits.Context = context;
        try
        {
            _owner.Propose(batch);
        }
        finally
        {
            // An owner that decides later does so in nobody's turn.
            _commits.Context = null;
            Records.GiveBack(batch);
        }
    }

    // Goes on when what was appended is safe; messages that nobody waits for an answer to would fill the memory otherwise.
    private bool WaitsForLog()
    {
        if (!_stream.Log.IsCongested) return false;
        _room.Position = _stream.Log.Position;
        _commits.Add(_room);
        return true;
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

    // Has the runner go on, whatever became of what it waited for.
    private sealed class RoomWaiter(StreamRunner runner) : CommitWaiter
    {
        public override void OnCommitted(DeliveryContext context, Account account) => runner.Schedule();

        public override void OnFailed(DeliveryContext context, Account account) => runner.Schedule();
    }
}
