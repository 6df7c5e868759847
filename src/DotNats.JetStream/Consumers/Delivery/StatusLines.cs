using System.Buffers;
using System.Text;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>Messages without a body that say how things stand (wire reference sections 9.2 and 9.3).</summary>
// Owner: a consumer's runner. Each belongs to the batch of a turn.
internal sealed class StatusLines(Account account)
{
    private ArrayBufferWriter<byte>? _written;

    private ArrayBufferWriter<byte> Block => _written ??= new ArrayBufferWriter<byte>(128);

    /// <summary>A status alone.</summary>
    /// <param name="status">Code and text.</param>
    public void Send(DeliveryContext context, ReadOnlySpan<byte> to, string status)
    {
        Begin(status);
        End(context, to, default);
    }

    /// <summary>Nothing happens, but the consumer is there.</summary>
    /// <param name="stalled">Where the answer goes that it waits for; null for none.</param>
    public void SendHeartbeat(DeliveryContext context, ReadOnlySpan<byte> to, ulong consumerSequence, ulong streamSequence, string? stalled)
    {
        Begin("100 Idle Heartbeat");
        Encoding.UTF8.GetBytes($"Nats-Last-Consumer: {consumerSequence}\r\nNats-Last-Stream: {streamSequence}\r\n", Block);
        if (stalled is not null) Encoding.UTF8.GetBytes($"Nats-Consumer-Stalled: {stalled}\r\n", Block);
        End(context, to, default);
    }

    /// <summary>Asks whether the client has kept up.</summary>
    public void SendFlowControl(DeliveryContext context, ReadOnlySpan<byte> to, string answerTo)
    {
        Begin("100 FlowControl Request");
        End(context, to, Encoding.UTF8.GetBytes(answerTo));
    }

    private void Begin(string status)
    {
        Block.ResetWrittenCount();
        Encoding.UTF8.GetBytes($"NATS/1.0 {status}\r\n", Block);
    }

    private void End(DeliveryContext context, ReadOnlySpan<byte> to, ReadOnlySpan<byte> reply)
    {
        Block.Write("\r\n"u8);
        InternalPublisher.Publish(context, account, to, reply, Block.WrittenSpan, default);
    }
}
