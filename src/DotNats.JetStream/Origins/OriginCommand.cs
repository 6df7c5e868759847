using DotNats.JetStream.Streams;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Origins;

/// <summary>Something that concerns a stream's origins, in its turn; nobody waits for it.</summary>
internal sealed class OriginCommand(Action<StreamMachine> run) : StreamCommand
{
    public override void Apply(StreamMachine machine, long now) => run(machine);

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
