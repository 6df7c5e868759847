using DotNats.JetStream.Advisories;
using DotNats.JetStream.Consumers.State;
using DotNats.Server;

namespace DotNats.JetStream.Consumers;

/// <summary>What a consumer works with while it is used; an idle one has none of it.</summary>
// Owner: the consumer's runner. Lifetime: from the first delivery or acknowledgement, or a message that was pending before, until it is idle again.
// Invariant: while nothing is pending, nothing in it has to outlive a turn.
internal sealed class DeliveryTools
{
    public DeliveryTools(ServerCore server, LiveConsumer consumer, ConsumerState state, ConsumerStore? store, ConsumerCommits commits)
    {
        Advisories = consumer.Advisories;
        Settlement = new Settlement(consumer, server.Chunks, store, commits);
        DeadLetters = new DeadLetters(server, consumer, state, Settlement, Advisories);
        Acks = new AckDesk(server, consumer, state, Settlement, Advisories, DeadLetters);
        AckSubjects = new AckSubjectWriter(ConsumerIntake.AddressOf(server, consumer));
        Update(consumer.Config);
        // Whoever makes it is in a turn.
        BeginTurn();
    }

    public ConsumerAdvisories Advisories { get; }

    public Settlement Settlement { get; }

    public AckDesk Acks { get; }

    public DeadLetters DeadLetters { get; }

    public AckSubjectWriter AckSubjects { get; }

    public void Update(ConsumerConfig config)
    {
        Acks.Update(config);
        DeadLetters.Update(config);
    }

    public void BeginTurn() => DeadLetters.BeginTurn();
}
