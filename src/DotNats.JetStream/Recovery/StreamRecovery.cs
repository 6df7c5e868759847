using System.Globalization;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Recovery;

/// <summary>Brings an account's stored streams back. What cannot be read or understood is named and left alone: nothing is deleted on doubt.</summary>
internal sealed class StreamRecovery(ServerCore server, JetStreamService service, JetStreamAccount account)
{
    // Opening one waits for the disk most of the time.
    private static readonly ParallelOptions Parallelism = new() { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount * 2, 4, 16) };

    public void Run()
    {
        List<StoredStream> streams = service.Stores.Find(account.Name, out List<QuarantinedStream> quarantined);
        foreach (QuarantinedStream stream in quarantined) RecoveryLog.Quarantined(server.Logger, stream.Path, stream.Reason);
        Parallel.ForEach(streams, Parallelism, Recover);
    }

    private void Recover(StoredStream stored)
    {
        StreamMeta meta = StreamConfigJson.ReadStored(stored.Meta, out string? reason, out string? error);
        StreamConfig config = meta.Config;
        if (error is not null || config.Name != stored.Directory.Name)
        {
            RecoveryLog.Quarantined(server.Logger, stored.Directory.Path, error ?? $"its configuration is that of a stream \"{config.Name}\"");
            return;
        }

        if (reason is not null)
        {
            RecoveryLog.Unsupported(server.Logger, account.Name, config.Name, reason);
            account.Add(new InertStream(config.Name, config, reason, stored.Directory));
            return;
        }

        try
        {
            Open(stored, config, meta.Created);
        }
        catch (IOException exception)
        {
            RecoveryLog.Failed(server.Logger, account.Name, config.Name, exception.Message);
        }
    }

    private void Open(StoredStream stored, StreamConfig config, GoTime created)
    {
        long start = server.Time.GetTimestamp();
        RecoveryLog.Starting(server.Logger, account.Name, config.Name);
        var listener = new StreamLogListener();
        StreamHome home = service.Stores.Open(stored.Directory, config, listener);
        foreach (LogDamage damage in home.Log.Damage)
            RecoveryLog.Damaged(server.Logger, account.Name, config.Name, damage.What, damage.Place, damage.FirstSequence, damage.LastSequence);
        var stream = new LiveStream(server, account, config, account.TierOf(config.Replicas), created, home, listener);
        account.Add(stream);
        stream.Start();
        string messages = Comma(home.Log.State.Messages);
        RecoveryLog.Restored(server.Logger, messages, account.Name, config.Name, GoDuration.Format(server.Time.GetElapsedTime(start)));
    }

    private static string Comma(ulong number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
