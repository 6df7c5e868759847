using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>Makes what a stream knows beside its log, which was just opened: some at a time so that publishers get their turn.</summary>
internal sealed class RecoverCommand(bool isFirst) : StreamCommand
{
    private const int MaxCount = 4096;

    public override void Apply(StreamMachine machine, long now)
    {
        if (isFirst) machine.Recover(now);
        if (machine.Rules.Recover(now, MaxCount)) machine.Stream.Runner.Post(new RecoverCommand(isFirst: false));
    }

    public override void OnCommitted(DeliveryContext context, Account account)
    {
        // Nobody waits.
    }

    public override void OnFailed(DeliveryContext context, Account account)
    {
        // The log told why.
    }

    public override void Refuse()
    {
        // The stream has ended.
    }
}
