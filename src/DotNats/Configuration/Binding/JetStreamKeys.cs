using System.Globalization;
using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.JetStreamOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>jetstream</c>: a yes or no, or a map.</summary>
// Compat: in here nats-server reports values of the wrong type at the word jetstream, hence the mismatch place handed down.
internal static class JetStreamKeys
{
    private const int LeastConcurrentIo = 4;
    private const int MostConcurrentIo = 8192;

    public static ConfigSection<JetStreamOptions> Section { get; } = new(
    [
        Key.Flag("enabled enable", Reload.Yes, "Turn JetStream on; the section alone does so too.", (o, v) => o with { Enabled = v }),
        Key.Other("store_dir store storedir", "path", Reload.No, "Directory of the streams.", BindStoreDirectory),
        Key.Other("max_memory_store max_mem_store max_mem", "size", Reload.Partly, "Bytes of memory streams; can only grow on reload.",
            (o, s) => TrySize(s, "max_mem_store", out long v) ? o with { MaxMemoryBytes = v } : o),
        Key.Other("max_file_store max_file", "size", Reload.Partly, "Bytes of file streams; can only grow on reload.",
            (o, s) => TrySize(s, "max_file_store", out long v) ? o with { MaxStoreBytes = v } : o),
        Key.Text("domain", Reload.No, "JetStream domain.", (o, v) => o with { Domain = ServerKeys.OrNull(v) }),
        Key.Other("sync_interval sync", "duration or always", Reload.No, "Time between syncs to disk.", BindSync),
        Key.Other("strict", "yes/no", Reload.No, "Refuse unknown fields in API requests.", BindStrict),
        Key.Text("encryption_key key ek", Reload.No, "Encrypts what is stored.", (o, v) => o with { EncryptionKey = ServerKeys.OrNull(v) }),
        Key.Text("prev_encryption_key prev_key prev_ek", Reload.No, "Reads what was stored with this key.",
            (o, v) => o with { PreviousEncryptionKey = ServerKeys.OrNull(v) }),
        Key.Other("cipher", "chacha or aes", Reload.No, "How it is encrypted.", BindCipher),
        Key.Text("extension_hint", Reload.No, "will_extend or no_extend the domain over a leaf node.", (o, v) => o with { ExtensionHint = v }),
        Key.Text("unique_tag", Reload.No, "Tag in which replicas must differ.",
            (o, v) => o with { UniqueTag = ServerKeys.OrNull(v.Trim().ToLowerInvariant()) }),
        Key.Other("max_outstanding_catchup", "size", Reload.No, "Bytes on their way to followers.",
            (o, s) => TrySize(s, "max_outstanding_catchup", out long v) ? o with { MaxOutstandingCatchupBytes = v } : o),
        Key.Other("max_buffered_size", "size", Reload.No, "Bytes waiting to be stored in a stream.",
            (o, s) => TrySize(s, "max_buffered_size", out long v) ? o with { MaxBufferedBytes = v } : o),
        Key.Other("max_buffered_msgs", "integer", Reload.No, "Messages waiting to be stored in a stream.",
            (o, s) => TryCount(s, out long v) ? o with { MaxBufferedMessages = (int)Math.Clamp(v, int.MinValue, int.MaxValue) } : o),
        Key.Other("request_queue_limit", "integer", Reload.No, "API requests that may wait.",
            (o, s) => TryCount(s, out long v) ? o with { RequestQueueLimit = v <= 0 ? new JetStreamOptions().RequestQueueLimit : v } : o),
        Key.Other("info_queue_limit", "integer", Reload.No, "API requests for information that may wait.",
            (o, s) => TryCount(s, out long v) ? o with { InfoQueueLimit = v <= 0 ? null : v } : o),
        Key.Other("meta_compact", "integer", Reload.Yes, "Log entries after which the meta group compacts.", BindMetaCompact),
        Key.Other("meta_compact_size", "size", Reload.Yes, "Bytes after which it does.", BindMetaCompactSize),
        Key.Flag("meta_compact_sync", Reload.Yes, "Compact at once.", (o, v) => o with { MetaCompactSync = v }),
        Key.Other("max_concurrent_io", "4 to 8192", Reload.No, "Disk operations at once.", BindConcurrentIo),
        Key.Map("limits", Reload.No, "What streams and consumers may ask for.", (o, s) => BindMap(s, "JetStreamLimits", out ConfigMap? map)
            ? o with { Limits = JetStreamLimitKeys.Section.Bind(new JetStreamLimitOptions(), map!, s.Context, s.MismatchPlace) } : o),
        Key.Map("tpm", Reload.No, "Encryption key in a TPM (Windows).", BindTpm),
    ]);

    /// <summary>Binds any form of the key.</summary>
    public static NatsServerOptions Bind(NatsServerOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case bool on:
                return options with { JetStream = options.JetStream with { Enabled = on } };
            case string word:
                if (TryWord(setting, word, out bool enabled))
                    return options with { JetStream = options.JetStream with { Enabled = enabled } };
                return options;
            case ConfigMap map:
                JetStreamOptions start = options.JetStream with { Enabled = true };
                return options with { JetStream = Section.Bind(start, map, setting.Context, setting.Node.Place) };
        }
        setting.Error($"Expected map, bool or string to define JetStream, got {GoText.TypeOf(setting.Value)}");
        return options;
    }

    /// <summary>enabled or disabled.</summary>
    public static bool TryWord(Setting setting, string word, out bool enabled)
    {
        string folded = word.ToLowerInvariant();
        enabled = folded is "enabled" or "enable";
        if (enabled || folded is "disabled" or "disable")
            return true;
        setting.Error($"Expected 'enabled' or 'disabled' for string value, got '{word}'");
        return false;
    }

    /// <summary>The top-level key that says the same as this section's.</summary>
    public static NatsServerOptions BindTopStoreDirectory(NatsServerOptions options, Setting setting) =>
        options with { JetStream = BindStoreDirectory(options.JetStream, setting) };

    private static JetStreamOptions BindStoreDirectory(JetStreamOptions options, Setting setting)
    {
        if (options.StoreDirectory is not null)
        {
            setting.Error("Duplicate 'store_dir' configuration");
            return options;
        }
        return setting.TryText(out string? path) ? options with { StoreDirectory = ServerKeys.OrNull(path) } : options;
    }

    /// <summary>An integer, or text of digits with K, M, G or T behind them, which count in powers of 1024.</summary>
    /// <param name="name">Name of the key in messages.</param>
    private static bool TrySize(Setting setting, string name, out long value)
    {
        string? error = ReadSize(setting.Value, out value);
        if (error is not null)
            setting.Error($"{name} {error}");
        return error is null;
    }

    private static string? ReadSize(object size, out long value)
    {
        value = 0;
        switch (size)
        {
            case long number:
                value = number;
                return null;
            case not string:
                return "must be int64 or string";
            case "":
                return null;
        }
        string text = (string)size;
        string digits = text[..^1];
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long count))
        {
            bool isNumber = digits.Length > 0 && !digits.AsSpan().TrimStart("+-").ContainsAnyExceptInRange('0', '9');
            return $"strconv.ParseInt: parsing {GoText.Quote(digits)}: {(isNumber ? "value out of range" : "invalid syntax")}";
        }
        int power = "KMGT".IndexOf(text[^1], StringComparison.Ordinal) + 1;
        value = unchecked(count << (10 * power));
        return power == 0 ? "sizes defined as strings must end in K, M, G, T" : null;
    }

    private static bool TryCount(Setting setting, out long value)
    {
        value = setting.Value as long? ?? 0;
        if (setting.Value is long)
            return true;
        setting.Error($"Expected a parseable size for {GoText.Quote(setting.Key)}, got {GoText.Print(setting.Value)}");
        return false;
    }

    private static JetStreamOptions BindSync(JetStreamOptions options, Setting setting)
    {
        if (setting.Value is string word && word.Equals("always", StringComparison.OrdinalIgnoreCase))
            return options with { SyncAlways = true, SyncIsSet = true };
        return setting.TryDuration(setting.Key, out TimeSpan interval) ? options with { SyncInterval = interval, SyncIsSet = true } : options;
    }

    private static JetStreamOptions BindStrict(JetStreamOptions options, Setting setting)
    {
        if (setting.Value is bool strict)
            return options with { Strict = strict };
        setting.Error($"Expected 'true' or 'false' for bool value, got '{GoText.PrintAsText(setting.Value)}'");
        return options;
    }

    private static JetStreamOptions BindCipher(JetStreamOptions options, Setting setting)
    {
        if (!setting.TryText(out string? name))
            return options;
        switch (name.ToLowerInvariant())
        {
            case "chacha" or "chachapoly":
                return options with { Cipher = "chacha" };
            case "aes":
                return options with { Cipher = "aes" };
        }
        setting.Error($"Unknown cipher type: {GoText.Quote(name)}");
        return options;
    }

    private static JetStreamOptions BindMetaCompact(JetStreamOptions options, Setting setting)
    {
        if (setting.Value is long and >= 0)
            return options with { MetaCompact = (long)setting.Value };
        setting.Error($"Expected an absolute size for {GoText.Quote(setting.Key)}, got {GoText.Print(setting.Value)}");
        return options;
    }

    private static JetStreamOptions BindMetaCompactSize(JetStreamOptions options, Setting setting)
    {
        if (!TrySize(setting, "meta_compact_size", out long size))
            return options;
        if (size >= 0)
            return options with { MetaCompactBytes = size };
        setting.Error($"Expected an absolute size for {GoText.Quote(setting.Key)}, got {GoText.Print(setting.Value)}");
        return options;
    }

    private static JetStreamOptions BindConcurrentIo(JetStreamOptions options, Setting setting)
    {
        if (setting.Value is long and >= LeastConcurrentIo and <= MostConcurrentIo)
            return options with { MaxConcurrentIo = (int)(long)setting.Value };
        setting.Error($"Expected an absolute size for {GoText.Quote(setting.Key)} between {LeastConcurrentIo} and {MostConcurrentIo}, "
            + $"got {GoText.Print(setting.Value)}");
        return options;
    }

    private static JetStreamOptions BindTpm(JetStreamOptions options, Setting setting)
    {
        if (!BindMap(setting, "JetStreamLimits", out ConfigMap? map))
            return options;
        // The cipher may stand in here too, although it is not the TPM's.
        if (map!["cipher"] is { } cipher)
            options = BindCipher(options, setting.With(cipher));
        return options with { Tpm = JetStreamLimitKeys.TpmSection.Bind(new JetStreamTpmOptions(), map, setting.Context, setting.MismatchPlace) };
    }

    private static bool BindMap(Setting setting, string what, out ConfigMap? map)
    {
        map = setting.Value as ConfigMap;
        if (map is null)
            setting.Error($"Expected a map to define {what}, got {GoText.TypeOf(setting.Value)}");
        return map is not null;
    }
}
