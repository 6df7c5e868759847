using System.Globalization;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Recovery;

/// <summary>Brings an account's stored streams back. What cannot be read or understood is named and left alone: nothing is deleted on doubt.</summary>
internal sealed class StreamRecovery(ServerCore server, JetStreamService service, JetStreamAccount account)
{
    // Opening one waits for the disk most of the time.
    private static readonly ParallelOptions Parallelism = new() { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount * 2, 4, 16) };

    public async Task RunAsync()
    {
        List<StoredStream> streams = service.Stores.Find(account.Name, out List<QuarantinedStream> quarantined);
        foreach (QuarantinedStream stream in quarantined) RecoveryLog.Quarantined(server.Logger, stream.Path, stream.Reason);
        await Parallel.ForEachAsync(streams, Parallelism, RecoverAsync).ConfigureAwait(false);
    }

    private async ValueTask RecoverAsync(StoredStream stored, CancellationToken cancellation)
    {
        StreamMeta meta = StreamConfigJson.ReadStored(stored.Meta, out string? reason, out string? error);
        StreamConfig config = meta.Config;
        if (error is not null || config.Name != stored.Directory.Name)
        {
            RecoveryLog.Quarantined(server.Logger, stored.Directory.Path, error ?? $"its configuration is that of a stream \"{config.Name}\"");
            return;
        }

        try
        {
            FoundConsumers consumers = new ConsumerRecovery(server, account.Name).Find(stored.Directory);
            if (reason is not null)
            {
                RecoveryLog.Unsupported(server.Logger, account.Name, config.Name, reason);
                account.Add(new InertStream(config.Name, config, reason, stored.Directory, consumers.Inert));
            }
            else if (consumers.Inert.Count > 0)
            {
                ConsumerLog.StreamStopped(server.Logger, account.Name, config.Name);
                string stopped = $"stopped - unsupported consumer {GoQuote.Quote(consumers.Inert[0].Name)}";
                account.Add(new InertStream(config.Name, config, stopped, stored.Directory, consumers.Inert));
            }
            else
            {
                await OpenAsync(stored, config, meta.Created, consumers.Sound).ConfigureAwait(false);
            }
        }
        catch (IOException exception)
        {
            RecoveryLog.Failed(server.Logger, account.Name, config.Name, exception.Message);
        }
    }

    private async Task OpenAsync(StoredStream stored, StreamConfig config, GoTime created, List<StoredConsumer> consumers)
    {
        long start = server.Time.GetTimestamp();
        RecoveryLog.Starting(server.Logger, account.Name, config.Name);
        var listener = new StreamLogListener();
        StreamHome home = service.Stores.Open(stored.Directory, config, listener);
        foreach (LogDamage damage in home.Log.Damage.Where(static damage => damage.Kind != DamageKind.TornEnd))
            RecoveryLog.Damaged(server.Logger, account.Name, config.Name, damage.What, damage.Place, damage.FirstSequence, damage.LastSequence);
        var stream = new LiveStream(server, account, config, account.TierOf(config.Replicas), created, home, listener);
        account.Add(stream);
        stream.Open();
        string messages = Comma(home.Log.State.Messages);
        RecoveryLog.Restored(server.Logger, messages, account.Name, config.Name, GoDuration.Format(server.Time.GetElapsedTime(start)));
        await stream.Consumers.RecoverAsync(consumers).ConfigureAwait(false);
        // What is published meets the interest of all consumers it met before.
        stream.Listen();
    }

    private static string Comma(ulong number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
