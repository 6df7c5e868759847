using System.Collections.Concurrent;
using DotNats.Mqtt.Service;
using DotNats.Protocol.Mqtt;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Connections;

/// <summary>Messages of one client that are being stored, and the acknowledgements that wait for that: they leave in the messages' order.</summary>
/// <remarks>The client is read on meanwhile, until so many wait that it has to.</remarks>
// Owner: the receive side, or the operation that runs in its place, pushes; one drain at a time takes out, begun by the push that found nothing waiting.
// Invariant: _count is what was pushed and not yet answered; a drain runs while it is not zero.
internal sealed class AckPipeline(MqttSession session)
{
    // Enough to keep a disk busy with single messages; what waits for each is a subject, a task and a timer.
    private const int Most = 1024;

    private readonly ConcurrentQueue<Waiting> _waiting = new();
    private int _count;
    private int _isFull;

    /// <summary>Nothing more may be received until <see cref="Server.Connections.Endpoint.Resume"/>.</summary>
    public bool IsFull => Volatile.Read(ref _isFull) != 0;

    /// <summary>Has an answer sent when something has been stored. The caller holds no lock.</summary>
    /// <param name="answer">Null where the answer comes another way: then only what goes wrong matters.</param>
    public void Push(Task<string?> storing, MqttPacketType? answer, ushort packetId)
    {
        _waiting.Enqueue(new Waiting(storing, answer, packetId));
        int count = Interlocked.Increment(ref _count);
        if (count == 1) _ = DrainAsync();
        if (count < Most) return;
        Interlocked.Exchange(ref _isFull, 1);
        // Drained in between: whoever did that saw no need to resume.
        if (Volatile.Read(ref _count) <= Most / 2) Interlocked.Exchange(ref _isFull, 0);
    }

    private async Task DrainAsync()
    {
        try
        {
            do
            {
                _waiting.TryPeek(out Waiting first);
                await first.Storing.ConfigureAwait(false);
            }
            while (Answer() > 0);
        }
        catch (Exception exception)
        {
            // A bug in one store ends that connection, not the process.
            if (!session.Server.IsStopping) MqttLog.OperationFailed(session.Server.Logger, exception, session);
            session.Connection.Close(CloseReason.InternalClient);
        }
    }

    // Answers all that has been stored, in one batch: a sync of the disk makes many safe at once. How many are left.
    private int Answer()
    {
        int answered = 0;
        DeliveryContext context = session.Server.Contexts.Rent();
        try
        {
            while (answered < Most && _waiting.TryPeek(out Waiting next) && next.Storing.IsCompleted)
            {
                _waiting.TryDequeue(out _);
                answered++;
                string? error = next.Storing.GetAwaiter().GetResult();
                if (session.Connection.IsClosed) continue;
                if (error is not null) session.Fail(context, $"JetStream failed a pipelined QoS1/2 operation (pi={next.PacketId}): {error}; closing the connection");
                else if (next.Answer is { } answer) session.SendPacketId(context, answer, next.PacketId);
            }
        }
        finally
        {
            context.Flush();
            session.Server.Contexts.Return(context);
        }

        int left = Interlocked.Add(ref _count, -answered);
        if (left <= Most / 2 && Interlocked.Exchange(ref _isFull, 0) != 0) session.Connection.Endpoint.Resume();
        return left;
    }

    private readonly record struct Waiting(Task<string?> Storing, MqttPacketType? Answer, ushort PacketId);
}
