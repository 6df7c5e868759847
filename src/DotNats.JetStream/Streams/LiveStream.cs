using DotNats.JetStream.Accounts;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Direct;
using DotNats.JetStream.Ingest;
using DotNats.JetStream.Origins;
using DotNats.JetStream.Service;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>A stream that runs: its configuration, its log, who listens for it, and the runner all changes go through.</summary>
// Owner: its JetStreamAccount. Config and Tier are snapshots, replaced by the runner alone; anyone reads them and the log.
// Lifetime: from creation or recovery to StopAsync; the log is disposed then, and deleted by whoever deletes the stream.
internal sealed class LiveStream
{
    private readonly ServerCore _server;
    private readonly StreamRoom _room;
    private volatile StreamConfig _config;
    private volatile string _tier;
    private volatile string? _failure;
    private int _isStopped;

    public LiveStream(ServerCore server, JetStreamAccount owner, StreamConfig config, string tier, GoTime created, StreamHome home, StreamLogListener listener)
    {
        IMessageLog log = home.Log;
        _server = server;
        Directory = home.Directory;
        _config = config;
        _tier = tier;
        Owner = owner;
        Created = created;
        Log = log;
        Replies = new StreamReplies(config.Name, server.Options.JetStream.Domain);
        Runner = new StreamRunner(server, this);
        Commits = new CommitQueue(server, owner.Account, owner.Service.Stores.Sender, Runner.Schedule);
        Expiry = new StreamExpiry(server.Timers, server.Time, Runner);
        Ingest = new StreamIngest(server, this, Runner);
        Direct = new DirectGet(server, this);
        Origins = new StreamOrigins(server, this, config);
        ConsumerIntake = new ConsumerIntake(server, this);
        Retention = new StreamRetention(this);
        Consumers = new StreamConsumers(server, this);
        var settings = new StreamSettings(config, server.Options.Limits.MaxPayloadBytes);
        _room = new StreamRoom(owner, this, log, settings.IsMemory);
        listener.MarkerTtl = settings.MarkerTtl;
        listener.Attach(this);
        var machine = new StreamMachine(this, log, settings, _room, Commits, listener, new ReplyBatches(server.Chunks, () => Replies.StoreFailed));
        Runner.Start(owner.Service.OwnerFactory(machine, new StreamClock(server.Time, log)), Commits);
    }

    public JetStreamAccount Owner { get; }

    /// <summary>Where it is kept; null for one in memory.</summary>
    public StreamDirectory? Directory { get; }

    public Account Account => Owner.Account;

    public string Name => _config.Name;

    public GoTime Created { get; }

    public DateTimeOffset CreatedAt => DateTimeOffset.UnixEpoch.AddTicks(Created.UnixNanoseconds / TimeSpan.NanosecondsPerTick);

    /// <summary>Name of the server it runs on.</summary>
    public string ServerName => _server.Name;

    /// <summary>As it is in force: after defaults, without what is only shown.</summary>
    public StreamConfig Config => _config;

    /// <summary>The tier of its account that it counts to; empty for accounts without.</summary>
    public string Tier => _tier;

    public IMessageLog Log { get; }

    public StreamReplies Replies { get; }

    public StreamRunner Runner { get; }

    public CommitQueue Commits { get; }

    public StreamExpiry Expiry { get; }

    public StreamIngest Ingest { get; }

    public DirectGet Direct { get; }

    /// <summary>What it copies.</summary>
    public StreamOrigins Origins { get; }

    /// <summary>Takes what clients say to its consumers.</summary>
    public ConsumerIntake ConsumerIntake { get; }

    /// <summary>Tells consumers what is stored and removed; its runner's.</summary>
    public ConsumerWakeups Wakeups { get; } = new();

    /// <summary>Removes what consumers are done with; its runner's.</summary>
    public StreamRetention Retention { get; }

    /// <summary>Why it takes no more; null while it does.</summary>
    public string? Failure => _failure;

    public StreamConsumers Consumers { get; }

    /// <summary>Whether some consumer wants messages of a subject. Its runner.</summary>
    public bool HasInterest(ReadOnlySpan<byte> subject) => Wakeups.Wants(subject);

    /// <summary>Begins, where there are no consumers to wait for.</summary>
    public void Start()
    {
        Open();
        Listen();
    }

    /// <summary>Counts what it recovered; its consumers may begin.</summary>
    public void Open()
    {
        _room.Settle();
        Owner.Service.Resources.Reserved.Add(_config.Storage == StorageType.Memory, Math.Max(0, _config.MaxBytes));
        Runner.Post(new RecoverCommand(isFirst: true));
        // Before anything is removed.
        Runner.Post(new OriginCommand(_ => Origins.Recover()));
        Runner.Post(new ExpireCommand());
    }

    /// <summary>Takes messages and answers from now on.</summary>
    public void Listen()
    {
        Listen(_config);
        Runner.Post(new OriginCommand(machine => Origins.Configure(machine.Settings.Config)));
    }

    /// <summary>Puts another configuration in force: by the runner, in its turn.</summary>
    public void OnConfigured(StreamConfig config, string tier)
    {
        bool isMemory = config.Storage == StorageType.Memory;
        Owner.Service.Resources.Reserved.Add(isMemory, Math.Max(0, config.MaxBytes) - Math.Max(0, _config.MaxBytes));
        _config = config;
        _tier = tier;
        Listen(config);
    }

    /// <summary>Does something in its turn; completes when that is as safe as a message would be.</summary>
    /// <exception cref="StreamGoneException">The stream has ended or failed.</exception>
    public Task<T> RunAsync<T>(StreamCommand<T> command)
    {
        Runner.Post(command);
        return command.Completion;
    }

    /// <summary>Listens no more, stores what was posted, answers it, ends its consumers, and closes the log.</summary>
    public async Task StopAsync(ConsumerEnd end = ConsumerEnd.Shutdown)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0) return;
        Ingest.Unsubscribe();
        Direct.Unsubscribe();
        ConsumerIntake.Unsubscribe();
        Origins.Close();
        // What was published counts with the interest that consumers had: they end when it is stored.
        await Runner.StopAsync().ConfigureAwait(false);
        // Its last turn may have made an appointment, or begun to answer for its origin.
        Expiry.Stop();
        Direct.Unsubscribe();
        Origins.Stop(isGone: end == ConsumerEnd.Deleted);
        await Consumers.StopAsync(end).ConfigureAwait(false);
        long position = Log.Position;
        await Log.DisposeAsync().ConfigureAwait(false);
        // Closing commits what was appended: who still waits is told while he is connected.
        if (_failure is null) Commits.OnCommitted(position);
        Commits.Send(context: null);
        _room.Leave();
        Owner.Service.Resources.Reserved.Add(_config.Storage == StorageType.Memory, -Math.Max(0, _config.MaxBytes));
    }

    /// <summary>Keeps a changed configuration, before it is put in force.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Keep(StreamConfig config) => Directory?.WriteMeta(StreamStores.MetaOf(config, Created));

    /// <summary>Deletes what it kept; it has been stopped.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Delete() => Directory?.Delete();

    /// <summary>The log refused a message.</summary>
    public void OnRefused(LogStatus status) => OnLogFailed(status, status == LogStatus.NoSpace ? "no space left on device" : "write error");

    /// <summary>The log takes no more: nobody who waits will be told that it is safe.</summary>
    public void OnLogFailed(LogStatus status, string reason)
    {
        if (status == LogStatus.Refused || !OnFailed(reason)) return;
        Owner.Service.OnStorageFailed(this, status, reason);
    }

    /// <summary>The stream takes no more; false where that is known already.</summary>
    public bool OnFailed(string reason)
    {
        bool isNew = Interlocked.Exchange(ref _failure, reason) is null;
        if (isNew) StreamLog.WriteFailed(_server.Logger, Account.Name, Name, reason);
        Commits.Fail();
        return isNew;
    }

    private void Listen(StreamConfig config)
    {
        Ingest.Subscribe(config.Subjects);
        Direct.Subscribe(config.AllowDirect);
    }
}
