using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>A consumer found in its stream's directory.</summary>
internal readonly record struct StoredConsumer(ConsumerDirectory Directory, ConsumerMeta Meta);
