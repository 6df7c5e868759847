using System.Collections.Concurrent;
using DotNats.Server;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Streams;

/// <summary>Sends what became safe in the logs of a server, on the thread that made it so and of many streams with one flush.</summary>
/// <remarks>Sending never waits for a peer. The log's next turn does not wait for it for long either: another thread takes that where sending is not quick.</remarks>
// Owner: the server's JetStream. Any thread adds and sends. Invariant: a queue that was added is sent by the next Send at the latest.
internal sealed class CommitSender(ServerCore server)
{
    private readonly ConcurrentQueue<CommitQueue> _due = new();

    public void Add(CommitQueue queue) => _due.Enqueue(queue);

    public void Send()
    {
        if (_due.IsEmpty) return;
        DeliveryContext context = server.Contexts.Rent();
        try
        {
            while (_due.TryDequeue(out CommitQueue? queue)) queue.Send(context);
        }
        finally
        {
            context.Flush();
            server.Contexts.Return(context);
        }
    }
}
