using System.Globalization;
using static DotNats.Configuration.Reloading.OptionField;

namespace DotNats.Configuration.Reloading;

/// <summary>JetStream can be turned on and off, and its limits can grow.</summary>
internal static class JetStreamReload
{
    private const string Key = "jetstream";

    // What nats-server calls these, in its order.
    private static readonly (string Name, Func<JetStreamOptions, object?> Get, bool IsSecret)[] Fixed =
    [
        ("NoJetStreamStrict", o => !o.Strict, false),
        ("JetStreamDomain", o => o.Domain, false),
        ("JetStreamExtHint", o => o.ExtensionHint, false),
        ("JetStreamKey", o => o.EncryptionKey, true),
        ("JetStreamOldKey", o => o.PreviousEncryptionKey, true),
        ("JetStreamCipher", o => o.Cipher, false),
        ("JetStreamUniqueTag", o => o.UniqueTag, false),
        ("JetStreamLimits", o => o.Limits, false),
        ("JetStreamTpm", o => o.Tpm, true),
        ("JetStreamMaxCatchup", o => o.MaxOutstandingCatchupBytes, false),
        ("JetStreamRequestQueueLimit", o => o.RequestQueueLimit, false),
        ("JetStreamInfoQueueLimit", o => o.InfoQueueLimit ?? o.RequestQueueLimit, false),
        ("StreamMaxBufferedMsgs", o => o.MaxBufferedMessages, false),
        ("StreamMaxBufferedSize", o => o.MaxBufferedBytes, false),
        ("SyncInterval", o => o.SyncInterval, false),
        ("SyncAlways", o => o.SyncAlways, false),
        ("JsAccDefaultDomain", o => o.DefaultDomains, false),
    ];

    public static IEnumerable<OptionChange> Compare(NatsServerOptions before, NatsServerOptions after)
    {
        (JetStreamOptions old, JetStreamOptions now) = (before.JetStream, after.JetStream);
        if (old.Enabled != now.Enabled)
            yield return Apply(Key, "Reloaded: JetStream");
        foreach ((string name, Func<JetStreamOptions, object?> get, bool isSecret) in Fixed)
        {
            if (!Equals(get(old), get(now)))
                yield return isSecret ? Refuse(Key, name, "[REDACTED]", "[REDACTED]") : Refuse(Key, name, get(old), get(now));
        }
        if (now.Enabled && old.MaxConcurrentIo != now.MaxConcurrentIo)
            yield return Refuse(Key, "JetStreamConcurrentIOs", old.MaxConcurrentIo, now.MaxConcurrentIo);
        if (old.MetaCompact != now.MetaCompact || old.MetaCompactBytes != now.MetaCompactBytes || old.MetaCompactSync != now.MetaCompactSync)
            yield return Apply(Key, "Reloaded: JetStream meta_compact");
        if (!old.Enabled)
            yield break;
        foreach (OptionChange? change in new[] { Storage(old, now), Limit(old, now, "max_mem_store", o => o.MaxMemoryBytes), Limit(old, now, "max_file_store", o => o.MaxStoreBytes) })
        {
            if (change is not null)
                yield return change;
        }
    }

    // Turning JetStream off may drop everything; as long as it runs its files stay where they are.
    private static OptionChange? Storage(JetStreamOptions old, JetStreamOptions now)
    {
        if (old.StoreDirectory == now.StoreDirectory || (now.StoreDirectory is null && !now.Enabled))
            return null;
        return Refuse(Key, $"config reload not supported for jetstream storage dir{(now.StoreDirectory is null ? "" : "ectory")}");
    }

    /// <summary>Bytes in the largest unit of 1024 that fits: 15.00 MB.</summary>
    private static string Friendly(long bytes)
    {
        if (bytes < 1024)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        double value = bytes;
        int unit = -1;
        for (; value >= 1024; unit++)
            value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:F2} {"KMGTPE"[unit]}B");
    }

    private static OptionChange? Limit(JetStreamOptions old, JetStreamOptions now, string key, Func<JetStreamOptions, long?> get)
    {
        (long? from, long? to) = (get(old), get(now));
        if (from == to)
            return null;
        if (from is null)
            return Refuse(Key, "config reload not supported for jetstream dynamic max memory and store");
        if (to is null)
            return now.Enabled ? Refuse(Key, "config reload not supported for jetstream max memory and max store") : null;
        return to > from
            ? Apply(Key, $"Reloaded: JetStream {key} = {Friendly(to.Value)}")
            : Refuse(Key, "config reload not supported for decreasing jetstream max memory and store");
    }
}
