using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.InternalClients;

namespace DotNats.JetStream.Origins;

/// <summary>What a stream copies: its mirror or its sources.</summary>
// Owner: the stream. Everything but Describe and what says so is its runner's; answers, messages and timers come as commands.
// Lifetime: from the first Configure to Stop. Invariant: _origins has what the configuration in force names, in its order.
internal sealed class StreamOrigins : WheelTimer
{
    /// <summary>Messages that a mirror may be behind and still answer for its origin. Compat: nats-server's number.</summary>
    public const int CaughtUp = 10;

    // Messages behind which those before them are made safe: about a millisecond's work.
    private const int LongestRun = 1024;

    // Messages that are looked into at a time for what was received, so that publishers get their turn.
    private const int SearchRun = 4096;

    // What is received is kept beside the messages so often.
    private static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<int, Origin> _byNumber = [];
    private readonly Nuid _ids = new();
    private volatile Origin[] _origins = [];
    private InternalClient? _client;
    private SourceSearch? _search;
    private SourcePositions _kept = SourcePositions.None;
    private StreamConfig? _config;
    private long _keptAt;
    private long _committed;
    private long _markedPosition;
    private ulong _markedLast;
    private ulong _safe;
    private bool _isRecovered;
    private int _lastNumber;
    private volatile bool _isStopped;

    public StreamOrigins(ServerCore server, LiveStream stream, StreamConfig config)
    {
        (Server, Stream) = (server, stream);
        _origins = [.. SpecsOf(config).Select(spec => new Origin(this, spec))];
        Inbox = new OriginInbox(server, stream.Account, () => stream.Runner.Post(new CopyCommand(this)));
    }

    public ServerCore Server { get; }

    public LiveStream Stream { get; }

    public OriginInbox Inbox { get; }

    /// <summary>For header blocks of copied messages.</summary>
    public HeaderEditor Headers { get; } = new();

    /// <summary>What is known of each. Any thread.</summary>
    public IReadOnlyList<OriginInfo> Describe() => [.. _origins.Select(static origin => origin.Describe())];

    /// <summary>Finds out where its sources were left, as far as that was kept. Before anything of the log is removed.</summary>
    public void Recover()
    {
        _isRecovered = true;
        if (_origins.Length == 0 || _origins[0].Spec.IsMirror) return;
        SourcePositions kept = Load();
        _kept = kept.CutAt(Stream.Log.State.LastSequence);
        // The log will store something else where what was lost has been.
        if (!ReferenceEquals(kept, _kept)) Write(_kept);
        Find(_origins);
    }

    /// <summary>Puts a configuration in force: what is in it already goes on.</summary>
    public void Configure(StreamConfig config)
    {
        if (_isStopped || (_config is null && config is { Mirror: null, Sources.Count: 0 })) return;
        _config = config;
        Origin[] before = _origins;
        Origin[] after = [.. SpecsOf(config).Select(spec => Array.Find(before, origin => IsSame(origin.Spec, spec)) ?? new Origin(this, spec))];
        _origins = after;
        if (!config.MirrorDirect || config.Mirror is null) Stream.Direct.AnswerForItself();
        foreach (Origin origin in before.Except(after)) End(origin, isGone: true);
        Find(after.Except(before));
        Search();
    }

    /// <summary>Stores what waits, some at a time.</summary>
    public void Store(StreamMachine machine, CopyCommand command, long now)
    {
        if (Inbox.Records.Take() is { } batch)
        {
            int count = 0;
            foreach (ReadOnlySpan<byte> record in batch)
            {
                var message = OriginInbox.Read(record, out int number);
                if (_byNumber.TryGetValue(number, out Origin? origin)) origin.Take(message, number, machine, command, now);
                if (++count % LongestRun == 0) machine.Commit();
            }

            Inbox.Records.GiveBack(batch);
        }

        if (!Inbox.Records.TryRest()) Stream.Runner.Post(new CopyCommand(this));
        Reschedule();
    }

    /// <summary>Asks an origin's server; the answer comes as a command, also that nobody is there to ask.</summary>
    /// <returns>To be disposed of when no answer is wanted any more.</returns>
    public IDisposable Ask(string subject, byte[] headers, byte[] body, Origin origin, int attempt)
    {
        _client ??= new InternalClient(Server, Stream.Account, "Stream origins");
        string reply = $"$JSC.R.{NextId()}";
        InternalSubscription answer = _client.Subscribe(reply, null, message =>
        {
            OriginAnswer? read = OriginAnswer.Read(message.Headers, message.Payload, origin.Spec.IsMirror);
            Post(machine => origin.OnAnswer(attempt, read, machine));
        });
        Publish(subject, reply, headers, body, () => Post(machine => origin.OnAnswer(attempt, null, machine)));
        return answer;
    }

    /// <summary>A mirror is as good as its origin for whoever reads.</summary>
    public void OnCaughtUp(OriginSpec mirror)
    {
        if (_config!.MirrorDirect) Stream.Direct.AnswerFor(mirror.Name);
    }

    public string NextId() => _ids.Next();

    /// <summary>A number for a consumer that is going to be listened to, by the origin that calls.</summary>
    public int NextNumber(Origin origin)
    {
        _byNumber[++_lastNumber] = origin;
        return _lastNumber;
    }

    /// <summary>A number is not used any more.</summary>
    public void Forget(int number) => _byNumber.Remove(number);

    /// <summary>Keeps what was received beside the messages, which may go. The runner, or after its end.</summary>
    public void Keep()
    {
        if (!_isRecovered || _search is not null || _origins.Length == 0 || _origins[0].Spec.IsMirror) return;
        _keptAt = Server.Time.GetTimestamp();
        ulong last = Stream.Log.State.LastSequence;
        Settle(last);
        var sources = new Dictionary<string, SourcePosition[]>(StringComparer.Ordinal);
        foreach (Origin origin in _origins.Where(static origin => !origin.IsUnsure))
        {
            origin.History.Add(origin.Now, _safe);
            sources[origin.Spec.IndexName] = origin.History.All;
        }

        var positions = new SourcePositions(last, sources);
        if (!positions.IsSameAs(_kept)) Write(positions);
    }

    /// <summary>A message is going to be removed: with the last one of a source would go what is known of it.</summary>
    public void OnRemoving(ulong sequence)
    {
        if (sequence <= _kept.Last || !_isRecovered || _origins.Length == 0) return;
        FinishSearch();
        foreach (Origin origin in _origins)
        {
            if (origin.StoredAt != sequence) continue;
            Keep();
            return;
        }
    }

    /// <summary>The log is as safe as was asked for up to a position. Any thread.</summary>
    public void OnCommitted(long position) => Volatile.Write(ref _committed, position);

    /// <summary>Takes nothing more. Any thread, before the stream's runner ends.</summary>
    public void Close()
    {
        _isStopped = true;
        Server.Timers.Cancel(this);
        Inbox.Records.Close();
    }

    /// <summary>Listens and asks no more, and keeps what was received. After the runner's end.</summary>
    /// <param name="isGone">The stream will not come back.</param>
    public void Stop(bool isGone)
    {
        if (!isGone) Keep();
        foreach (Origin origin in _origins) End(origin, isGone);
        _client?.Dispose();
    }

    protected override void OnExpired() => Post(_ => RunDue());

    private IEnumerable<OriginSpec> SpecsOf(StreamConfig config)
    {
        string? domain = Server.Options.JetStream.Domain;
        var owner = new StreamIdentification(config.Name, Stream.Account.Name, string.IsNullOrEmpty(domain) ? null : domain);
        return config.Mirror is { } mirror
            ? [new OriginSpec(mirror, isMirror: true, owner, [])]
            : config.Sources.OfType<StreamSource>().Select(source => new OriginSpec(source, isMirror: false, owner, config.Sources));
    }

    private static bool IsSame(OriginSpec one, OriginSpec other) => one.IsMirror == other.IsMirror
        && one.ConsumerName == other.ConsumerName && StreamConfigJson.AreSame(one.Source, other.Source);

    private void Find(IEnumerable<Origin> added)
    {
        FinishSearch();
        var missing = new List<Origin>();
        // Those that nothing is kept of are looked for in all messages, the others in those that came after.
        ulong downTo = _kept.Last;
        bool hadMore = Stream.Log.State.FirstSequence > 1;
        foreach (Origin origin in added.Where(static origin => !origin.Spec.IsMirror))
        {
            missing.Add(origin);
            if (!_kept.Sources.TryGetValue(origin.Spec.IndexName, out SourcePosition[]? positions)) positions = [];
            origin.History.Begin(positions);
            if (positions.Length > 0)
            {
                origin.Recover(positions[^1]);
                continue;
            }

            downTo = 0;
            origin.IsUnsure = hadMore;
        }

        if (missing.Count > 0) _search = new SourceSearch(Stream.Log, missing, downTo);
    }

    private void Search()
    {
        _search?.Continue(SearchRun);
        if (_search is { IsDone: false })
        {
            Post(_ => Search());
            return;
        }

        _search = null;
        Keep();
        foreach (Origin origin in _origins)
        {
            if (origin.Due == long.MaxValue) origin.Begin(origin.Position.Stream + 1);
        }

        Reschedule();
    }

    private void FinishSearch()
    {
        _search?.Continue(int.MaxValue);
        _search = null;
    }

    // Finds out what cannot be lost any more: what a position of the log covers that was marked before.
    private void Settle(ulong last)
    {
        if (Volatile.Read(ref _committed) < _markedPosition) return;
        _safe = _markedLast;
        (_markedPosition, _markedLast) = (Stream.Log.Position, last);
    }

    private void RunDue()
    {
        long now = Server.Time.GetTimestamp();
        foreach (Origin origin in _origins)
        {
            if (origin.Due <= now) origin.OnDue();
        }

        if (Server.Time.GetElapsedTime(_keptAt) >= KeepInterval) Keep();
        Reschedule();
    }

    private void Reschedule()
    {
        if (_isStopped || _origins.Length == 0) return;
        long due = _origins.Min(static origin => origin.Due);
        if (due == long.MaxValue) return;
        long left = Math.Max(0, due - Server.Time.GetTimestamp());
        Server.Timers.Schedule(this, TimeSpan.FromSeconds((double)left / Server.Time.TimestampFrequency) + TimeSpan.FromMilliseconds(1));
    }

    private void Post(Action<StreamMachine> run) => Stream.Runner.Post(new OriginCommand(machine =>
    {
        if (_isStopped) return;
        run(machine);
        Reschedule();
    }));

    private void End(Origin origin, bool isGone)
    {
        origin.End();
        // Compat: asked once; a consumer that is not there any more went by itself.
        if (isGone && origin.Spec.Durable is null && origin.IsKnown) Publish(OriginRequest.DeleteSubjectOf(origin.Spec), "", [], [], static () => { });
    }

    // The runner may be inside a publisher's batch: what is asked leaves on a thread of its own.
    private void Publish(string subject, string reply, byte[] headers, byte[] body, Action onUnheard) => ThreadPool.UnsafeQueueUserWorkItem(
        _ =>
        {
            if (!InternalPublisher.Publish(Server, Stream.Account, Encoding.UTF8.GetBytes(subject), Encoding.UTF8.GetBytes(reply), headers, body)) onUnheard();
        },
        null);

    private void Write(SourcePositions positions)
    {
        if (Stream.Directory is not { } directory) return;
        try
        {
            directory.WriteSources(positions.Write());
            _kept = positions;
        }
        catch (IOException exception)
        {
            OriginLog.NotKept(Server.Logger, Stream.Account.Name, Stream.Name, exception.Message);
        }
    }

    private SourcePositions Load()
    {
        try
        {
            return Stream.Directory?.ReadSources() is { } kept ? SourcePositions.Read(kept) : SourcePositions.None;
        }
        catch (IOException exception)
        {
            OriginLog.NotKept(Server.Logger, Stream.Account.Name, Stream.Name, exception.Message);
            return SourcePositions.None;
        }
    }
}
