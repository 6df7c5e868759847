using System.Buffers;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers.State;

/// <summary>Keeps a consumer's state: <c>o.dat</c>, which nats-server knows, and the journal of what has changed since.</summary>
/// <remarks>
/// <see cref="Open"/>, then <see cref="Start"/> with the state that was kept or a new one; it records itself from there on. Once a turn: <see cref="Commit"/>. A change
/// that somebody waits for is safe once the listener hears of its <see cref="Position"/>.
/// </remarks>
// Owner: the consumer's runner. Lifetime: from Open to CloseAsync or AbandonAsync.
internal sealed class ConsumerStore : IConsumerRecorder
{
    private readonly ConsumerDirectory _directory;
    private readonly JournalOptions _options;
    private readonly IJournalListener _listener;

    // Null while nothing changed since the state was kept.
    private StateJournal? _journal;
    private RestingJournal _resting;
    private ConsumerState? _state;
    private bool _wantsWhole;
    private bool _hasState;

    private ConsumerStore(ConsumerDirectory directory, JournalOptions options, IJournalListener listener) =>
        (_directory, _options, _listener) = (directory, options, listener);

    /// <summary>What was found damaged when it was opened, with its place; null for nothing. The consumer goes on from what is sure.</summary>
    public string? Damage { get; private set; }

    /// <summary>A place in the state's history, for <see cref="IJournalListener.OnCommitted"/>.</summary>
    public long Position => _journal?.Position ?? 0;

    private StateJournal Journal => _journal ??= _directory.ResumeJournal(_options, _listener, in _resting);

    /// <summary>Opens what is kept of a consumer.</summary>
    /// <param name="state">As it was; null where nothing is kept, or nothing that makes sense.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ConsumerStore Open(ConsumerDirectory directory, JournalOptions options, IJournalListener listener, ConsumerConfig config, out ConsumerState? state)
    {
        var store = new ConsumerStore(directory, options, listener) { _journal = directory.OpenJournal(options, listener, out JournalContent content), Damage = content.Damage };
        state = store.Recover(config, content);
        store._hasState = state is not null;
        // Where nothing happened since it was written, o.dat need not be written again.
        store._wantsWhole = store.Damage is not null || content.Changes.Length > 0;
        return store;
    }

    /// <summary>Keeps what becomes of a state from now on: the one that was opened, or the first of a new consumer, which is safe when this returns.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Start(ConsumerState state, long now)
    {
        _state = state;
        if (!_hasState) Journal.Begin(Write(state, now));
        if (Damage is not null) Replace(now);
        state.StartRecording(this);
        if (Journal.TryRest(out _resting)) _journal = null;
    }

    /// <summary>The state is not what its changes made of it (<see cref="ConsumerState.Truncate"/>): it is written as a whole with the next commit.</summary>
    public void Replace(long now)
    {
        _wantsWhole = false;
        ConsumerState state = _state!;
        Journal.Replace(Write(state, now));
        // Compat: to nats-server, and in o.dat, these are pending as others are.
        foreach (ulong stream in state.Letters.Sequences) Append(new ConsumerChange(ConsumerChangeKind.Owed, stream, Letter: state.Letters.Find(stream)));
    }

    public void Record(in ConsumerChange change)
    {
        _wantsWhole = true;
        Append(in change);
    }

    /// <summary>Has everything so far kept; at once where somebody waits for it, otherwise soon.</summary>
    public void Commit(bool isUrgent, long now)
    {
        if (_journal is null && !isUrgent) return;
        if (Journal.IsLong) Replace(now);
        Journal.Commit(isUrgent);
    }

    /// <summary>Keeps everything in o.dat, and ends.</summary>
    public async Task CloseAsync(long now)
    {
        if (_wantsWhole) Replace(now);
        if (_journal is not null) await _journal.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends without keeping anything more than was recorded: the consumer is deleted, or nobody knows whether its state is right.</summary>
    public Task AbandonAsync() => _journal?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    private void Append(in ConsumerChange change)
    {
        if (change.Kind == ConsumerChangeKind.Owed)
        {
            Journal.Append(ConsumerChangeFormat.WriteOwed(in change));
            return;
        }

        Span<byte> bytes = stackalloc byte[ConsumerChangeFormat.MaxLength];
        Journal.Append(bytes[..ConsumerChangeFormat.Write(bytes, change)]);
    }

    private static byte[] Write(ConsumerState state, long now)
    {
        var target = new ArrayBufferWriter<byte>(256);
        ConsumerStateFormat.Write(target, StoredConsumerState.Of(state), now);
        return target.WrittenSpan.ToArray();
    }

    private ConsumerState? Recover(ConsumerConfig config, JournalContent content)
    {
        ConsumerState? own = Read(config, content.State);
        if (content.State is not null && own is null)
        {
            Damage ??= "o.dat is no consumer's state";
            Journal.SetStateAside();
            return null;
        }

        if (own is null) return null;
        var reader = new VarintReader(content.Changes);
        while (ConsumerChangeFormat.TryRead(ref reader, out ConsumerChange change)) ConsumerReplay.Apply(own, change);
        if (content.Foreign is null) return own;

        // Compat: nats-server writes o.dat and knows of no journal.
        bool goesOn = Read(config, content.Foreign) is { } foreign && GoesOn(own, foreign);
        Damage ??= $"o.dat is not as this server wrote it: {(goesOn ? "another server went on, or it is damaged" : "passed over, it does not go on from what the journal has")}";
        return goesOn ? Read(config, content.Foreign) : own;
    }

    private static bool GoesOn(ConsumerState own, ConsumerState other) =>
        other.Delivered.Consumer >= own.Delivered.Consumer && other.Delivered.Stream >= own.Delivered.Stream && other.AckFloor.Stream >= own.AckFloor.Stream;

    private static ConsumerState? Read(ConsumerConfig config, byte[]? bytes)
    {
        if (bytes is null || ConsumerStateFormat.TryRead(bytes) is not { } stored) return null;
        var state = new ConsumerState(config, 1);
        state.Restore(stored);
        return state;
    }
}
