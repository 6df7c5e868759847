using System.Diagnostics;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>Runs one consumer: takes acknowledgements, requests and commands, then delivers, one thread at a time.</summary>
/// <remarks>
/// What a client says is mostly answered on the client's own thread, behind what one read brought: a wake-up costs more than delivering a few
/// hundred messages. A consumer that had to wait for a disk lately is run by the pool.
/// </remarks>
// Owner: the consumer. Any thread posts; one work item of the pool runs at a time, or who posted a command while nobody ran.
// Lifetime: from Start to StopAsync. Previous stop: ConsumerIntake, ConsumerWakeups. Next stop: DeliveryMachine.
// Invariant: while something waits, the runner runs or is queued.
internal sealed class ConsumerRunner : IThreadPoolWorkItem, IBatchWork, IStallPoint
{
    // Turns before it is asked whether others want the thread.
    private const int TurnsAtOnce = 4;

    // What may wait. A client that has more unread than half of it is slowed down.
    private const int MaxRecords = 1_000_000;
    private const long MaxBytes = 64L * 1024 * 1024;

    // A turn that took longer waited for something; after that the pool runs it, for so long.
    private static readonly long LongTurn = Stopwatch.Frequency / 250;
    private static readonly long PoolTime = Stopwatch.Frequency / 10;

    private readonly ServerCore _server;
    private readonly LiveConsumer _consumer;
    private TaskCompletionSource? _stopped;
    private volatile DeliveryMachine? _machine;
    private ConsumerCommand? _commands;
    private ConsumerCommand? _taken;
    private ConsumerEnd _end;
    private int _isWoken;
    private long _poolUntil;
    private volatile bool _isStopping;
    private volatile bool _hasEnded;

    public ConsumerRunner(ServerCore server, LiveConsumer consumer)
    {
        _server = server;
        _consumer = consumer;
        Records = new RecordQueue(server.Chunks, MaxRecords, MaxBytes);
        // It counts as running until it is started: what is posted before waits.
        Records.TryWake();
    }

    /// <summary>Acknowledgements and requests that wait; who posts the first one calls <see cref="Schedule"/>.</summary>
    public RecordQueue Records { get; }

    /// <summary>The last stream sequence looked at and what is unacknowledged, as of the last turn.</summary>
    public (ulong Delivered, int Pending) Progress => _machine is { Interest: var interest } ? (interest.Next - 1, interest.PendingCount) : default;

    public void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>It ended because something went wrong that must not: nobody knows whether its state is right.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>There may be something to do. Any thread.</summary>
    public void Wake()
    {
        Volatile.Write(ref _isWoken, 1);
        if (Records.TryWake()) Schedule();
    }

    public void Start(DeliveryMachine machine)
    {
        _machine = machine;
        machine.Start();
        Run(context: null);
    }

    /// <summary>Ends; completes when that is done, with what ran until then, if anything did.</summary>
    public async Task<DeliveryMachine?> StopAsync(ConsumerEnd end)
    {
        Records.Close();
        if (_machine is null)
        {
            End();
            return null;
        }

        _end = end;
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stopped = Interlocked.CompareExchange(ref _stopped, stopped, null) ?? stopped;
        _isStopping = true;
        // Who ends it sees that somebody waits, or is seen to have ended.
        if (_hasEnded) return _machine;
        Wake();
        await stopped.Task.ConfigureAwait(false);
        return _machine;
    }

    /// <summary>Leaves a command; one that comes after the end is refused.</summary>
    public void Post(ConsumerCommand command)
    {
        Push(command);
        if (_hasEnded) RefuseCommands();
        else if (Records.TryWake()) Schedule();
    }

    /// <summary>Does something in its turn.</summary>
    /// <exception cref="ConsumerGoneException">The consumer has ended before.</exception>
    public Task<T> RunAsync<T>(ConsumerCommand<T> command)
    {
        Push(command);
        if (_hasEnded) RefuseCommands();
        // Nobody runs: who asks need not wait for another thread.
        else if (Records.TryWake()) Run(context: null);
        return command.Completion;
    }

    void IThreadPoolWorkItem.Execute() => Run(context: null);

    void IBatchWork.Run(DeliveryContext context)
    {
        long start = Stopwatch.GetTimestamp();
        if (start < Volatile.Read(ref _poolUntil))
        {
            Schedule();
            return;
        }

        Run(context);
        long end = Stopwatch.GetTimestamp();
        if (end - start > LongTurn) Volatile.Write(ref _poolUntil, end + PoolTime);
    }

    // Nobody says when there is room again: a pause is over before the half that is waiting could be taken.
    public bool TryPause(IPausedProducer producer) => Records.IsHigh;

    // Whoever runs next may do so before this returns.
    private void Run(DeliveryContext? context)
    {
        try
        {
            for (int i = 1; ; i++)
            {
                if (!RunTurn(context) && TryRest()) return;
                if (context is not null || (i % TurnsAtOnce == 0 && ThreadPool.PendingWorkItemCount > 0)) break;
            }
        }
        catch (Exception exception)
        {
            DeliveryLog.Stopped(_server.Logger, exception, _consumer.Stream.Account.Name, _consumer.Stream.Name, _consumer.Name);
            HasFailed = true;
            _machine?.Abandon();
            End();
            return;
        }

        Schedule();
    }

    // True where there is more to do at once.
    private bool RunTurn(DeliveryContext? context)
    {
        Volatile.Write(ref _isWoken, 0);
        DeliveryMachine machine = _machine!;
        machine.BeginTurn(context);
        try
        {
            // Who asks where the consumer is has said what he said before.
            _taken = TakeCommands();
            while (Records.Take() is { } batch) Take(machine, batch);
            for (; _taken is not null; _taken = _taken.Previous) _taken.Apply(machine);
            return machine.Deliver();
        }
        finally
        {
            machine.EndTurn();
        }
    }

    private void Take(DeliveryMachine machine, RecordBatch batch)
    {
        try
        {
            foreach (ReadOnlySpan<byte> record in batch) machine.Take(new ConsumerRecord(record));
        }
        finally
        {
            Records.GiveBack(batch);
        }
    }

    // What was posted after the last look found a reader and started none: hence the second look.
    private bool TryRest()
    {
        if (_isStopping && Volatile.Read(ref _commands) is null)
        {
            _machine!.Stop(_end);
            End();
            return true;
        }

        if (!Records.TryRest()) return false;
        bool hasMore = Volatile.Read(ref _isWoken) != 0 || Volatile.Read(ref _commands) is not null || _isStopping;
        return !hasMore || !Records.TryWake();
    }

    // It stays the reader for good: nobody starts it again.
    private void End()
    {
        for (; _taken is not null; _taken = _taken.Previous) _taken.Refuse();
        _hasEnded = true;
        Records.Close();
        RefuseCommands();
        Interlocked.MemoryBarrier();
        _stopped?.TrySetResult();
    }

    private void Push(ConsumerCommand command)
    {
        ConsumerCommand? head = Volatile.Read(ref _commands);
        while (true)
        {
            command.Previous = head;
            ConsumerCommand? seen = Interlocked.CompareExchange(ref _commands, command, head);
            if (ReferenceEquals(seen, head)) return;
            head = seen;
        }
    }

    // In the order they were posted.
    private ConsumerCommand? TakeCommands()
    {
        ConsumerCommand? taken = Interlocked.Exchange(ref _commands, null);
        ConsumerCommand? ordered = null;
        while (taken is not null)
        {
            ConsumerCommand next = taken;
            taken = taken.Previous;
            next.Previous = ordered;
            ordered = next;
        }

        return ordered;
    }

    private void RefuseCommands()
    {
        for (ConsumerCommand? command = TakeCommands(); command is not null; command = command.Previous) command.Refuse();
    }
}
