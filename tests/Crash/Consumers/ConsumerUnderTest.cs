using Crash.Disk;
using Crash.Harness;
using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;
using DotNats.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Crash.Consumers;

/// <summary>A consumer's state kept on a faulty disk, opened again and again.</summary>
// Owner: one case. What is kept is opened with the keys in force then.
internal sealed class ConsumerUnderTest(FaultyFiles files, Random random, ConsumerConfig config) : IDisposable
{
    private const string Account = "A";
    private const long Second = 1_000_000_000;

    private readonly List<(long Position, string State)> _history = [];
    private List<string> _before = [];
    private FileStore? _store;
    private ConsumerStore? _kept;
    private FakeTimeProvider _clock = new();
    private long _now = 1_700_000_000 * Second;

    public ConsumerState State { get; private set; } = null!;

    public ConsumerListener Listener { get; private set; } = new();

    /// <summary>All states there were at the end of a turn.</summary>
    public HashSet<string> Met { get; } = [];

    public string? Damage => _kept!.Damage;

    public bool IsOpen => _kept is not null;

    /// <summary>It was opened, so that everything lies under the keys in force.</summary>
    public bool WasOpened { get; set; }

    /// <summary>What is given up owes a dead letter. o.dat alone does not know of it.</summary>
    public bool OwesLetters { get; init; }

    /// <summary>Null for none.</summary>
    public StoreEncryption? Encryption { get; set; }

    /// <summary>What a state is told by; times are not in it, since o.dat rounds them.</summary>
    public static string Describe(ConsumerState state)
    {
        StoredConsumerState stored = StoredConsumerState.Of(state);
        string pending = string.Join(' ', stored.Pending.Select(one => $"{one.StreamSequence}:{one.ConsumerSequence}:{one.Deliveries}"));
        string owed = string.Join(' ', state.Letters.Sequences.Order().Select(sequence => $"{sequence}:{state.Letters.Find(sequence)}"));
        return $"{stored.Delivered} {stored.AckFloor} {pending} | {string.Join(' ', stored.Exhausted)} | {owed}";
    }

    /// <summary>Opens it; makes it where there is none. Returns what was found; null for nothing.</summary>
    /// <param name="before">What might have been found: it may be again while nothing was made safe since.</param>
    public string? Open(List<string>? before = null)
    {
        _before = before ?? [];
        _clock = new FakeTimeProvider();
        Listener = new ConsumerListener();
        _store = FileStore.Open(new FileStoreOptions { Directory = "/store", Files = files, Clock = _clock, SyncThreads = 1, Encryption = Encryption, RedoBytes = 64 * 1024, RedoAfterSyncs = 2 });
        ConsumerDirectory directory = Find(_store);
        if (directory.ReadMeta(out _) is null) directory.WriteMeta("{}"u8);
        var kept = ConsumerStore.Open(directory, new JournalOptions(LogDurability.Synced, TimeSpan.FromMinutes(2)), Listener, config, out ConsumerState? state);
        string? found = state is null ? null : Describe(state);
        State = state ?? new ConsumerState(config, 1);
        kept.Start(State, _now);
        State.OwesLetters = OwesLetters;
        (_kept, WasOpened) = (kept, true);
        _history.Clear();
        Remember();
        return found;
    }

    /// <summary>States that may be found: those that were not told to be safe, and the last that was.</summary>
    public List<string> Possible()
    {
        int safe = Math.Max(0, _history.FindLastIndex(entry => entry.Position <= Listener.Committed));
        List<string> possible = _history[safe..].ConvertAll(entry => entry.State);
        if (Listener.Committed == 0) possible.AddRange(_before);
        return possible;
    }

    /// <summary>Something happens to the consumer, and its turn ends.</summary>
    public void Step(bool isUrgent)
    {
        for (int changes = random.Next(1, 6); changes > 0; changes--) Change();
        if (random.Next(40) == 0) _kept!.Replace(_now);
        _kept!.Commit(isUrgent, _now);
        Remember();
        if (random.Next(5) == 0) _clock.Advance(TimeSpan.FromMilliseconds(150));
        if (isUrgent) Listener.Wait(_kept.Position, () => files.IsDown);
    }

    /// <summary>Ends it as it is, or in order.</summary>
    public void Close(bool inOrder)
    {
        if (_kept is { } kept) (inOrder ? kept.CloseAsync(_now) : kept.AbandonAsync()).Wait();
        _kept = null;
        _store?.Dispose();
        _store = null;
    }

    public void Dispose() => Close(inOrder: false);

    private ConsumerDirectory Find(FileStore store)
    {
        var streams = new List<StoredStream>();
        var quarantined = new List<QuarantinedStream>();
        store.Find(Account, streams, quarantined);
        if (quarantined.Count > 0 && files.IsDown) throw new IOException(quarantined[0].Reason);
        if (quarantined.Count > 0) throw new BrokenPromiseException($"the stream was set aside: {quarantined[0].Reason}");
        return (streams.Count > 0 ? streams[0].Directory : store.Create(Account, "S", "{}"u8)).Consumer("C");
    }

    private void Remember()
    {
        _history.Add((_kept!.Position, Describe(State)));
        Met.Add(Describe(State));
    }

    private void Change()
    {
        _now += random.NextInt64(Second);
        ulong stream = (ulong)random.NextInt64((long)Math.Max(1, State.AckFloor.Stream), (long)State.NextSequence + 1);
        if (OwesLetters && random.Next(6) == 0) State.Terminate(stream, State.Delivered.Consumer, "no use", _now);
        if (random.Next(6) == 0 && State.Letters.Contains(stream)) State.Discharge(stream);
        switch (random.Next(12))
        {
            case < 5:
                State.Deliver(State.NextSequence + (ulong)random.Next(3), _now);
                break;
            case < 8:
                State.Ack(stream, State.Delivered.Consumer, _now);
                break;
            case 8:
                State.Nak(stream, State.Delivered.Consumer, random.Next(2) * Second, _now);
                break;
            case 9:
                State.TakeDue(_now);
                while (random.Next(3) > 0 && State.TryPeekRedelivery(out ulong again, out _)) State.Redeliver(again, _now);
                break;
            case 10:
                State.Remove(stream, out _);
                break;
            default:
                if (random.Next(4) == 0) State.Purge(stream);
                else if (random.Next(10) == 0) State.Reset(stream);
                break;
        }

        while (State.TryTakeExhausted(out _)) _now++;
    }
}

/// <summary>Remembers what it was told is safe.</summary>
internal sealed class ConsumerListener : IJournalListener
{
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _told = new(false);
    private long _committed;

    public long Committed
    {
        get
        {
            lock (_gate) return _committed;
        }
    }

    public string? Failure { get; private set; }

    public void OnCommitted(long position)
    {
        lock (_gate) _committed = Math.Max(_committed, position);
        _told.Set();
    }

    public void OnFailed(LogStatus status, string reason)
    {
        Failure = reason;
        _told.Set();
    }

    /// <summary>Waits until a position is safe, or something failed.</summary>
    public void Wait(long position, Func<bool> isDown)
    {
        while (Committed < position && Failure is null && !isDown()) _told.WaitOne(20);
    }
}
