namespace DotNats.Server.Routing;

/// <summary>Something that a batch of messages leaves to be done, once for all of them.</summary>
internal interface IBatchWork
{
    /// <summary>Does it, on the thread of the batch, which must get back to its peers: throws nothing and waits for nothing.</summary>
    /// <param name="context">Flushed by whoever runs this; no lock is held.</param>
    void Run(DeliveryContext context);
}
