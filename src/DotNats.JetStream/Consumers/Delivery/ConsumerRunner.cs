using DotNats.Primitives;
using DotNats.Server;

namespace DotNats.JetStream.Consumers;

/// <summary>Runs one consumer: takes acknowledgements, requests and commands, then delivers, one thread at a time.</summary>
// Owner: the consumer. Any thread posts; one work item of the pool runs at a time, or who posted a command while nobody ran.
// Lifetime: from StartAsync to StopAsync. Invariant: while something waits, the runner runs or is queued.
internal sealed class ConsumerRunner(ServerCore server, DeliveryMachine machine) : IThreadPoolWorkItem
{
    // Acknowledgements and requests that may wait; a client that floods is told nothing, as nats-server's queue ends with its memory.
    private const int MaxRecords = 1_000_000;
    private const long MaxBytes = 64L * 1024 * 1024;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConsumerCommand? _commands;
    private volatile bool _isStopping;
    private volatile bool _hasEnded;

    public DeliveryMachine Machine { get; } = machine;

    /// <summary>Acknowledgements and requests that wait; who posts the first one calls <see cref="Schedule"/>.</summary>
    public RecordQueue Records { get; } = new(server.Chunks, MaxRecords, MaxBytes);

    public void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    public void Wake()
    {
        if (Records.TryWake()) Schedule();
    }

    public Task StartAsync() => Task.CompletedTask;

    public Task StopAsync(ConsumerEnd end)
    {
        Records.Close();
        _isStopping = true;
        Wake();
        return _stopped.Task;
    }

    /// <summary>Does something in its turn.</summary>
    /// <exception cref="ConsumerGoneException">The consumer has ended before.</exception>
    public Task<T> RunAsync<T>(ConsumerCommand<T> command)
    {
        Push(command);
        if (_hasEnded) RefuseCommands();
        // Nobody runs: who asks need not wait for another thread.
        else if (Records.TryWake()) Run();
        return command.Completion;
    }

    void IThreadPoolWorkItem.Execute() => Run();

    private void Run()
    {
        do
        {
            for (ConsumerCommand? command = TakeCommands(); command is not null; command = command.Previous) command.Apply(Machine);
            while (Records.Take() is { } batch) Records.GiveBack(batch);
            if (_isStopping && Volatile.Read(ref _commands) is null)
            {
                _hasEnded = true;
                RefuseCommands();
                _stopped.TrySetResult();
                return;
            }
        }
        while (!Records.TryRest() || ((Volatile.Read(ref _commands) is not null || _isStopping) && Records.TryWake()));
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
