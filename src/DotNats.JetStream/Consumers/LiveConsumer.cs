using System.Numerics;
using DotNats.JetStream.Advisories;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>A consumer that runs: its configuration, its state, and the runner that all changes and deliveries go through.</summary>
// Owner: its stream's consumers. Config is a snapshot, replaced before the runner hears of it; anyone reads it.
// Lifetime: from StartAsync to StopAsync; whoever deletes the consumer deletes what it kept after that.
internal sealed class LiveConsumer
{
    private readonly ServerCore _server;
    private readonly Action<LiveConsumer> _onInactive;
    private readonly ConsumerRunner _runner;
    private volatile ConsumerConfig _config;
    private readonly StoredConsumerState? _kept;
    private ConsumerStore? _store;
    private volatile bool _isStopped;
    private long _refused;

    /// <param name="directory">Where its state is kept; null for one in memory. Its meta file is the business of whoever creates it.</param>
    /// <param name="onInactive">Called once, on any thread and with nothing held, when nobody used it for longer than its inactive threshold.</param>
    /// <param name="kept">Where one in memory goes on; null for one that begins.</param>
    public LiveConsumer(ServerCore server, LiveStream stream, ConsumerMeta meta, ConsumerDirectory? directory, Action<LiveConsumer> onInactive, StoredConsumerState? kept = null)
    {
        _kept = kept;
        _server = server;
        _onInactive = onInactive;
        _config = meta.Config;
        Stream = stream;
        Name = meta.Name;
        Created = meta.Created;
        Directory = directory;
        _runner = new ConsumerRunner(server, this);
    }

    public LiveStream Stream { get; }

    public string Name { get; }

    public GoTime Created { get; }

    public ConsumerDirectory? Directory { get; }

    /// <summary>It takes nothing any more.</summary>
    public bool IsStopped
    {
        get => _isStopped;
        private set => _isStopped = value;
    }

    /// <summary>Tells what happens to it. Made for whoever tells something: most consumers are idle.</summary>
    public ConsumerAdvisories Advisories => new(Stream.Owner.Service.Advisories, this);

    /// <summary>As it is in force.</summary>
    public ConsumerConfig Config => _config;

    /// <summary>The last stream sequence it looked at and what is unacknowledged, as of its last turn. Any thread.</summary>
    public (ulong Delivered, int Pending) Progress => _runner.Progress;

    /// <summary>Finds its place in the stream, takes requests and acknowledgements and delivers from now on.</summary>
    /// <exception cref="IOException">What it kept cannot be read, or its beginning cannot be kept.</exception>
    /// <exception cref="StreamGoneException">The stream has ended.</exception>
    public async Task StartAsync()
    {
        var commits = new ConsumerCommits(_server, this);
        ConsumerState? state = OpenStore(commits);
        bool isCut = state is not null && CutToStream(state);
        var interest = new ConsumerInterest(this, _config.Filters, _config.IsForCopies);
        StartingPoint? point = state is null ? null : new StartingPoint(state.NextSequence);
        ConsumerStart start = await AskStreamAsync(new AttachCommand(interest, before: null, point, state is null ? null : ConsumerDebts.Of(state))).ConfigureAwait(false);
        bool isNew = state is null;
        state ??= new ConsumerState(_config, start.Point.Sequence);
        try
        {
            _store?.Start(state, Now);
        }
        catch (IOException)
        {
            // The stream counts and keeps nothing for one that does not begin.
            await AskStreamAsync(new DetachCommand(interest, isNew ? ConsumerEnd.Deleted : ConsumerEnd.Shutdown)).ConfigureAwait(false);
            throw;
        }

        if (isCut) _store?.Replace(Now);
        _runner.Start(new DeliveryMachine(_server, this, state, interest, in start, _store, commits));
        Stream.Consumers.Add(this);
        Stream.ConsumerIntake.Subscribe();
    }

    /// <summary>Takes and delivers nothing any more, tells who waits, and keeps where it was unless it is deleted.</summary>
    public async Task StopAsync(ConsumerEnd end)
    {
        IsStopped = true;
        Stream.ConsumerIntake.Forget(this);
        DeliveryMachine? machine = await _runner.StopAsync(end).ConfigureAwait(false);
        if (_store is { } store)
        {
            if (end == ConsumerEnd.Deleted || _runner.HasFailed) await store.AbandonAsync().ConfigureAwait(false);
            else await store.CloseAsync(Now).ConfigureAwait(false);
        }

        if (machine is null) return;
        try
        {
            await AskStreamAsync(new DetachCommand(machine.Interest, end)).ConfigureAwait(false);
        }
        catch (StreamGoneException)
        {
            // It went first, and counts for nobody any more.
        }
    }

    /// <summary>Where it is, after everything that was asked of it before.</summary>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task<ConsumerSnapshot> DescribeAsync() => _runner.RunAsync(new DescribeCommand());

    /// <summary>All of its state, for a backup.</summary>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task<StoredConsumerState> BackUpAsync() => _runner.RunAsync(new BackUpCommand());

    /// <summary>Puts another configuration in force, which has been judged and kept; pausing and going on are such a change.</summary>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task UpdateAsync(ConsumerConfig config)
    {
        _config = config;
        return _runner.RunAsync(new UpdateCommand(config));
    }

    /// <summary>Lets another client be the one that gets a group's messages; false where the consumer has no such group.</summary>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task<bool> UnpinAsync(string group) => _runner.RunAsync(new UnpinCommand(group));

    /// <summary>Begins again at a stream sequence.</summary>
    /// <param name="sequence">0 for the one behind the acknowledgement floor.</param>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task<ResetOutcome> ResetAsync(ulong sequence) => _runner.RunAsync(new ResetCommand(sequence));

    /// <summary>There may be something to deliver. Any thread.</summary>
    public void Wake() => _runner.Wake();

    /// <summary>Somebody, or its stream, says something to it. Any thread, no lock held.</summary>
    /// <param name="context">The batch it comes in, behind which the consumer may run; null for none.</param>
    /// <returns>Where a producer that can wait should; null where it need not.</returns>
    public IStallPoint? Post(DeliveryContext? context, ConsumerRecordKind kind, ulong stream, ulong consumer, ulong deliveries, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[ConsumerRecord.HeadLength];
        ConsumerRecord.WriteHead(head, kind, stream, consumer, deliveries, reply.Length);
        PostOutcome outcome = _runner.Records.TryPost(head, reply, body, default);
        if (!outcome.IsTaken)
        {
            // At 1, 2, 4, 8…: a flood is worth a line now and then, not one a message.
            if (BitOperations.IsPow2(Interlocked.Increment(ref _refused))) DeliveryLog.QueueFull(_server.Logger, Stream.Account.Name, Stream.Name, Name, Volatile.Read(ref _refused));
            return null;
        }

        if (outcome.MustWake && context?.TryDefer(_runner) != true) _runner.Schedule();
        return outcome.IsHigh ? _runner : null;
    }

    /// <summary>A message that it may wait for is gone from its stream. The stream's runner.</summary>
    public void PostRemoved(ulong sequence) => Post(context: null, ConsumerRecordKind.Removed, sequence, 0, 0, default, default);

    /// <summary>Messages were purged. The stream's runner.</summary>
    public void PostPurged(ulong first, bool isWider) => _runner.Post(new PurgedCommand(first, isWider));

    /// <summary>The stream did what follows from acknowledgements that somebody waits for. Any thread.</summary>
    public void PostAnswers(AnswerBatch answers) => _runner.Post(new AnswerCommand(answers));

    /// <summary>The stream keeps no more than what consumers need from now on. The stream's runner.</summary>
    public void PostRetentionBegun() => _runner.Post(new RetentionCommand());

    /// <summary>It is idle: what waited in its queue needs no room. Its runner.</summary>
    public void TrimRecords() => _runner.Records.Trim();

    /// <summary>Nobody used it for too long. Its runner.</summary>
    public void OnInactive() => ThreadPool.UnsafeQueueUserWorkItem(static consumer => consumer._onInactive(consumer), this, preferLocal: false);

    /// <summary>Has the stream count what is left, and hears of it in its turn. Its runner.</summary>
    public void BeginCount(ConsumerInterest interest) => _ = CountAsync(interest);

    /// <summary>Has the stream count by other filters. Its runner.</summary>
    public void BeginReplace(ConsumerInterest before, StartingPoint point) => _ = ReplaceAsync(before, point);

    private long Now => StreamClock.Now(_server.Time);

    // Null where nothing is kept, or nothing was yet.
    private ConsumerState? OpenStore(ConsumerCommits commits)
    {
        if (Directory is null) return _kept is null ? null : Restored(_kept);
        LogOptions log = Stream.Log.Options;
        _store = ConsumerStore.Open(Directory, new JournalOptions(log.Durability, log.SyncInterval), commits, _config, out ConsumerState? state);
        if (_store.Damage is { } damage) DeliveryLog.Damaged(_server.Logger, Stream.Account.Name, Stream.Name, Name, damage);
        return state;
    }

    private ConsumerState Restored(StoredConsumerState kept)
    {
        var state = new ConsumerState(_config, 1);
        state.Restore(kept);
        return state;
    }

    // A stream that lost its end gives the same numbers again: to messages that were not delivered yet.
    private bool CutToStream(ConsumerState state)
    {
        ulong last = Stream.Log.State.LastSequence;
        if (state.Delivered.Stream <= last) return false;
        DeliveryLog.PastTheEnd(_server.Logger, Stream.Account.Name, Stream.Name, Name, state.Delivered.Stream, last);
        state.Truncate(last);
        return true;
    }

    private async Task CountAsync(ConsumerInterest interest)
    {
        try
        {
            long counted = await AskStreamAsync(new CountCommand(interest)).ConfigureAwait(false);
            _runner.Post(new CountedCommand(interest, counted));
        }
        catch (StreamGoneException)
        {
            // Nothing is delivered any more.
        }
    }

    private async Task ReplaceAsync(ConsumerInterest before, StartingPoint point)
    {
        try
        {
            var interest = new ConsumerInterest(this, _config.Filters, _config.IsForCopies);
            ConsumerStart start = await AskStreamAsync(new AttachCommand(interest, before, point, debts: null)).ConfigureAwait(false);
            _runner.Post(new ReplacedCommand(interest, start));
        }
        catch (StreamGoneException)
        {
            // Nothing is delivered any more.
        }
    }

    private Task<T> AskStreamAsync<T>(StreamSideCommand<T> command)
    {
        Stream.Runner.Post(command);
        return command.Completion;
    }
}
