using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>Does what is due by itself, some at a time so that publishers get their turn.</summary>
internal sealed class ExpireCommand : StreamCommand
{
    private const int MaxCount = 4096;

    public override void Apply(StreamMachine machine, long now)
    {
        if (machine.RunDue(now, MaxCount)) machine.Stream.Runner.Post(new ExpireCommand());
        else machine.Stream.Expiry.Reschedule(machine.NextDue);
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
        // What is old stays until the stream is opened again.
    }
}
