using DotNats.JetStream.Consumers.State;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>A consumer that is to go on where it was: found in its stream's directory, or brought by an archive to a stream in memory.</summary>
/// <param name="Directory">Where its state is kept; null for one in memory.</param>
/// <param name="State">Where it was, of one in memory.</param>
internal readonly record struct StoredConsumer(ConsumerDirectory? Directory, ConsumerMeta Meta, StoredConsumerState? State = null);
