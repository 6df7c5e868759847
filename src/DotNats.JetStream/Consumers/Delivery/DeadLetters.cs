using System.Buffers;
using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.InternalClients;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>
/// Publishes once more, under a subject that the metadata of consumer or stream names (<c>dotnats.dead_letter</c>), what was delivered as often as
/// allowed or is not to be delivered again: with headers that say why, from where and how often.
/// </summary>
// Owner: the consumer's runner, outside of any lock.
internal sealed class DeadLetters(ServerCore server, LiveStream stream, string consumer)
{
    public const string MetadataKey = "dotnats.dead_letter";

    private byte[]? _subject;

    public void Update(ConsumerConfig config)
    {
        string? subject = config.Metadata.GetValueOrDefault(MetadataKey) ?? stream.Config.Metadata.GetValueOrDefault(MetadataKey);
        _subject = subject is not null && Subjects.IsValidLiteral(Encoding.UTF8.GetBytes(subject)) ? Encoding.UTF8.GetBytes(subject) : null;
    }

    public void OnMaxDeliveries(in PendingMessage message) => Publish(in message, "max_deliveries", "");

    public void OnTerminated(in PendingMessage message, string reason) => Publish(in message, "terminated", reason);

    private void Publish(in PendingMessage spent, string why, string reason)
    {
        if (_subject is null) return;
        var message = new MessageBuffer();
        if (stream.Log.TryRead(spent.StreamSequence, message) != ReadStatus.Found) return;
        var headers = new ArrayBufferWriter<byte>(256);
        headers.Write(message.Headers.IsEmpty ? "NATS/1.0\r\n"u8 : message.Headers[..^2]);
        string text = $"Nats-Dead-Letter-Reason: {why}\r\nNats-Stream: {stream.Name}\r\nNats-Consumer: {consumer}\r\nNats-Subject: {Encoding.UTF8.GetString(message.Subject)}\r\n"
            + $"Nats-Sequence: {message.Sequence}\r\nNats-Time-Stamp: {GoTime.FromUnixNanoseconds(message.Timestamp)}\r\nNats-Deliveries: {spent.Deliveries}\r\n";
        if (reason.Length > 0) text += $"Nats-Dead-Letter-Description: {reason.ReplaceLineEndings(" ")}\r\n";
        Encoding.UTF8.GetBytes(text + "\r\n", headers);
        InternalPublisher.Publish(server, stream.Account, _subject, default, headers.WrittenSpan, message.Payload);
    }
}
