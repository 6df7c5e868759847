using System.Buffers;
using System.Globalization;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>Takes the consumers of a stream for a backup, and keeps those of a restored one.</summary>
internal static class ConsumerBackups
{
    private const string BadName = "consumer durable name can not contain '.', '*', '>', '\\', '/'";

    /// <summary>All that are there now, the oldest first; those that copy the stream elsewhere have no place in a backup.</summary>
    public static async Task<IReadOnlyList<ConsumerBackup>> OfAsync(LiveStream stream)
    {
        var consumers = new List<ConsumerBackup>();
        foreach (LiveConsumer consumer in stream.Consumers.All)
        {
            if (consumer.Config.Direct) continue;
            try
            {
                consumers.Add(new ConsumerBackup(consumer.Name, consumer.Config with { Name = consumer.Name }, await consumer.BackUpAsync().ConfigureAwait(false)));
            }
            catch (ConsumerGoneException)
            {
                // It was deleted meanwhile.
            }
        }

        return consumers;
    }

    /// <summary>Judges a consumer from an archive as if somebody asked for it, and its state; what cannot be used is refused.</summary>
    /// <param name="before">Those that were judged before.</param>
    /// <exception cref="TransferException">It cannot be used.</exception>
    public static ConsumerBackup Judge(
        ConsumerBackup consumer, StreamConfig stream, IReadOnlyList<ConsumerBackup> before, JetStreamAccount account, NatsServerOptions options)
    {
        string named = GoQuote.Quote(consumer.Name);
        ConsumerConfig config = consumer.Config;
        bool isDurable = config.IsDurable;
        if (!AssetName.IsValid(consumer.Name)) throw new TransferException($"failed to add consumer {named}: {ApiErrors.StreamInvalidConfig.With(("{err}", BadName))}");
        if ((isDurable && config.Durable != consumer.Name) || before.Any(other => other.Name == consumer.Name))
            throw new TransferException($"failed to add consumer {named}: {ApiErrors.ConsumerBadDurableName}");
        var around = new ConsumerSurroundings
        {
            Stream = stream,
            Consumers = before.ToDictionary(static other => other.Name, static other => other.Config, StringComparer.Ordinal),
            Limits = account.Limits,
            ServerMaxAckPending = options.JetStream.Limits.MaxAckPending,
            ServerMaxRequestBatch = options.JetStream.Limits.MaxRequestBatch,
        };
        // Compat: what nobody asked to be durable is, until it is in use.
        ConsumerVerdict verdict = ConsumerCreateRules.Judge(config with { Durable = consumer.Name, Name = consumer.Name }, ConsumerAction.CreateOrUpdate, pedantic: false, around, consumer.Name);
        if (verdict.Config is not { } judged) throw new TransferException($"failed to add consumer {named}: {verdict.Error}");
        CheckState(consumer.State, named);
        return consumer with { Config = isDurable ? judged : judged with { Durable = "", InactiveThresholdNanoseconds = config.InactiveThresholdNanoseconds } };
    }

    /// <summary>Keeps consumers where the stream's recovery finds them.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    /// <exception cref="TransferException">One cannot be kept.</exception>
    public static void Keep(IEnumerable<ConsumerBackup> consumers, StreamDirectory directory, GoTime now)
    {
        foreach (ConsumerBackup consumer in consumers)
        {
            ConsumerDirectory target = directory.Consumer(consumer.Name);
            target.WriteMeta(ConsumerConfigJson.WriteMeta(new ConsumerMeta { Name = consumer.Name, Created = now, Config = consumer.Config }));
            var state = new ArrayBufferWriter<byte>();
            ConsumerStateFormat.Write(state, consumer.State, now.UnixNanoseconds);
            target.WriteState(state.WrittenSpan);
        }
    }

    /// <summary>Consumers of a stream in memory, which keeps nothing of them.</summary>
    public static IReadOnlyList<StoredConsumer> InMemory(IEnumerable<ConsumerBackup> consumers, GoTime now) =>
        [.. consumers.Select(consumer => new StoredConsumer(null, new ConsumerMeta { Name = consumer.Name, Created = now, Config = consumer.Config }, consumer.State))];

    private static void CheckState(StoredConsumerState state, string named)
    {
        string? why = state.AckFloor.Consumer > state.Delivered.Consumer ? "bad ack floor for consumer"
            : state.AckFloor.Stream > state.Delivered.Stream ? "bad ack floor for stream"
            : (state.Delivered.Stream | state.Delivered.Consumer) > long.MaxValue ? "bad delivered sequence"
            : null;
        foreach (PendingMessage message in state.Pending)
        {
            if (message.StreamSequence <= state.AckFloor.Stream || message.StreamSequence > state.Delivered.Stream)
                why ??= string.Create(CultureInfo.InvariantCulture, $"bad pending entry, sequence [{message.StreamSequence}] out of range");
        }

        if (why is not null) throw new TransferException($"failed to set consumer {named} state: {why}");
    }

    /// <summary>Reads a consumer's files as they came out of an archive.</summary>
    /// <exception cref="TransferException">They are none.</exception>
    public static ConsumerBackup Read(ConsumerDirectory directory)
    {
        if (directory.ReadMeta(out string reason) is not { } bytes) throw new TransferException(reason);
        ConsumerMeta meta = ConsumerConfigJson.ReadMeta(bytes, out string? error);
        if (error is not null) throw new TransferException(error);
        StoredConsumerState? state = directory.ReadState() is { Length: > 0 } kept ? ConsumerStateFormat.TryRead(kept) : new StoredConsumerState();
        return new ConsumerBackup(directory.Name, meta.Config, state ?? throw new TransferException("state is corrupt"));
    }
}
