using DotNats.JetStream.Consumers;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>Tells those who copy a stream up to which sequence it is safe.</summary>
internal sealed class SafetyWaiter(ConsumerWakeups wakeups, ulong sequence) : CommitWaiter
{
    public override void OnCommitted(DeliveryContext context, Account account) => wakeups.OnSafe(sequence);

    public override void OnFailed(DeliveryContext context, Account account)
    {
        // What will never be safe is copied by nobody.
    }
}
