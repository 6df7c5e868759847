using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.InternalClients;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>
/// Publishes once more, under a subject that the metadata of consumer or stream names, what was delivered as often as allowed or is not to be delivered again. What is
/// said of it: <see cref="DeadLetterHeaders"/>.
/// </summary>
// Owner: the consumer's runner, outside of any lock.
internal sealed class DeadLetters(ServerCore server, LiveStream stream, string consumer)
{
    /// <summary>Names the subject; that of the consumer counts before that of the stream.</summary>
    public const string MetadataKey = "dotnats.dead_letter";

    private ConsumerConfig? _config;

    public void Update(ConsumerConfig config) => _config = config;

    public void OnMaxDeliveries(in PendingMessage message) => Publish(in message, DeadLetterHeaders.MaxDeliveries, "");

    public void OnTerminated(in PendingMessage message, string description) => Publish(in message, DeadLetterHeaders.Terminated, description);

    private void Publish(in PendingMessage spent, string reason, string description)
    {
        if (FindSubject() is not { } subject) return;
        var message = new MessageBuffer();
        if (stream.Log.TryRead(spent.StreamSequence, message) != ReadStatus.Found) return;
        var letter = new DeadLetter(stream.Name, consumer, Encoding.UTF8.GetString(message.Subject), message.Sequence, message.Timestamp, spent.Deliveries, reason, description);
        InternalPublisher.Publish(server, stream.Account, subject, default, DeadLetterHeaders.Make(message.Headers, letter), message.Payload);
    }

    // Null where there is none, or it is no subject that can be published to.
    private byte[]? FindSubject()
    {
        if ((_config?.Metadata.GetValueOrDefault(MetadataKey) ?? stream.Config.Metadata.GetValueOrDefault(MetadataKey)) is not { } text) return null;
        byte[] subject = Encoding.UTF8.GetBytes(text);
        return Subjects.IsValidLiteral(subject) ? subject : null;
    }
}
