using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>What follows from acknowledgements outside of the consumer: messages that its stream need not keep for it, and clients that want to be told.</summary>
// Owner: the consumer's runner, which collects during a turn and hands over at its end.
internal sealed class Settlement(LiveConsumer consumer, ChunkPool chunks, ConsumerStore? store, ConsumerCommits commits)
{
    private readonly LiveStream _stream = consumer.Stream;
    private SettleCommand? _collecting;
    private SettleCommand? _spare;
    private AnswerBatch? _answers;

    /// <summary>Somebody waits to be told.</summary>
    public bool HasAnswers => _answers is not null;

    /// <summary>The stream removes what nobody needs any more.</summary>
    public bool RemovesMessages => _stream.Config.Retention != RetentionPolicy.Limits;

    /// <summary>Messages that the consumer is done with.</summary>
    public void Add(ReadOnlySpan<ulong> sequences)
    {
        if (RemovesMessages) (_collecting ??= Rent()).Sequences.AddRange(sequences);
    }

    /// <summary>A message that the consumer is done with.</summary>
    public void Add(ulong sequence)
    {
        if (RemovesMessages) (_collecting ??= Rent()).Sequences.Add(sequence);
    }

    /// <summary>A message is given up and stays in the stream nevertheless.</summary>
    public void Keep(ulong sequence)
    {
        if (RemovesMessages) (_collecting ??= Rent()).Kept.Add(sequence);
    }

    /// <summary>Somebody wants to be told.</summary>
    public void Answer(ReadOnlySpan<byte> reply)
    {
        if (!reply.IsEmpty) (_answers ??= new AnswerBatch(chunks)).Add(reply);
    }

    /// <summary>Hands over what a turn brought.</summary>
    /// <param name="floor">Stream sequence up to which the consumer is done with everything.</param>
    public void HandOver(DeliveryContext context, ConsumerInterest interest, ulong floor)
    {
        AnswerBatch? answers = _answers;
        _answers = null;
        if (_collecting is null && answers is not null && !IsStreamSafe) _collecting = Rent();
        if (_collecting is { } command)
        {
            _collecting = null;
            command.Prepare(interest, floor, answers);
            _stream.Runner.Post(command);
        }
        else if (answers is not null)
        {
            AnswerOnceKept(context, answers);
        }
    }

    /// <summary>Tells who waits once the consumer's own state is kept; at once where none is.</summary>
    public void AnswerOnceKept(DeliveryContext context, AnswerBatch answers)
    {
        if (store is null)
        {
            answers.OnCommitted(context, _stream.Account);
            // What follows in this turn may publish in another batch.
            context.ReleaseHeld();
            return;
        }

        context.ReleaseHeld();
        answers.Position = store.Position;
        commits.Add(answers);
    }

    // What was delivered may not be safe yet. A confirmation promises that it does not come again: also not because the stream lost it and its publisher,
    // who was told nothing, published it once more.
    private bool IsStreamSafe => _stream.Commits.Committed >= _stream.Log.Position;

    private SettleCommand Rent() => Interlocked.Exchange(ref _spare, null) ?? new SettleCommand(consumer, Return);

    private void Return(SettleCommand command) => Interlocked.CompareExchange(ref _spare, command, null);
}

/// <summary>Tells a stream with which messages a consumer is done; those that nobody needs go.</summary>
// Owner: Settlement, then the stream. Used again and again.
internal sealed class SettleCommand(LiveConsumer consumer, Action<SettleCommand> recycle) : StreamCommand
{
    private ConsumerInterest _interest = null!;
    private ulong _floor;
    private AnswerBatch? _answers;

    public List<ulong> Sequences { get; } = [];

    public List<ulong> Kept { get; } = [];

    public void Prepare(ConsumerInterest interest, ulong floor, AnswerBatch? answers) => (_interest, _floor, _answers) = (interest, floor, answers);

    public override void Apply(StreamMachine machine, long now) => machine.Stream.Retention.Settle(machine.Log, _interest, Sequences, Kept, _floor);

    public override void OnCommitted(DeliveryContext context, Account account)
    {
        // The consumer's own state has to be kept too.
        if (_answers is not null) consumer.PostAnswers(_answers);
        Recycle();
    }

    // Nobody is told: who asks again is.
    public override void OnFailed(DeliveryContext context, Account account) => Refuse();

    public override void Refuse()
    {
        _answers?.Clear();
        Recycle();
    }

    private void Recycle()
    {
        _answers = null;
        _interest = null!;
        Sequences.Clear();
        Kept.Clear();
        recycle(this);
    }
}
