using DotNats.JetStream.Consumers.State;

namespace DotNats.JetStream.Consumers;

/// <summary>What a consumer has delivered and not settled, at one moment: what its stream must keep for it.</summary>
/// <param name="Floor">Up to here everything is settled.</param>
/// <param name="Next">From here on nothing was delivered.</param>
/// <param name="Pending">Delivered and not settled, ascending.</param>
/// <param name="Exhausted">Delivered as often as allowed: they stay.</param>
internal sealed record ConsumerDebts(ulong Floor, ulong Next, ulong[] Pending, ulong[] Exhausted)
{
    public static ConsumerDebts Of(ConsumerState state)
    {
        var pending = new List<PendingMessage>(state.PendingCount);
        state.CopyPending(pending);
        var exhausted = new List<ExhaustedMessage>();
        state.CopyExhausted(exhausted);
        return new ConsumerDebts(
            state.AckFloor.Stream, state.NextSequence, [.. pending.Select(static message => message.StreamSequence)], [.. exhausted.Select(static message => message.StreamSequence)]);
    }
}
