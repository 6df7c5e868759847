using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>Something that happens once everything before it in a stream's log is as safe as was asked for.</summary>
// Owner: the stream's runner until it is handed to CommitQueue; then the one sender at a time that takes it out.
internal abstract class CommitWaiter
{
    /// <summary>Place in the log's history that must be safe.</summary>
    public long Position { get; set; }

    /// <summary>What it holds on to, about.</summary>
    public virtual long Bytes => 0;

    /// <summary>It is safe. What is published leaves when the context is flushed.</summary>
    public abstract void OnCommitted(DeliveryContext context, Account account);

    /// <summary>It will never be.</summary>
    public abstract void OnFailed(DeliveryContext context, Account account);
}
