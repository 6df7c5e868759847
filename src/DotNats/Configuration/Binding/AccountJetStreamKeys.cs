using DotNats.Configuration.Language;
using Key = DotNats.Configuration.Binding.Keys<DotNats.AccountJetStreamOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>jetstream</c> of an account.</summary>
internal static class AccountJetStreamKeys
{
    public static ConfigSection<AccountJetStreamOptions> Section { get; } = new(
    [
        Size("max_memory max_mem mem memory", "Bytes of memory streams.", (o, v) => o with { MaxMemoryBytes = v }),
        Size("max_store max_file max_disk store disk", "Bytes of file streams.", (o, v) => o with { MaxStoreBytes = v }),
        Size("max_streams streams", "Streams.", (o, v) => o with { MaxStreams = v }),
        Size("max_consumers consumers", "Consumers.", (o, v) => o with { MaxConsumers = v }),
        Key.Other("max_bytes_required max_stream_bytes max_bytes", "yes/no", Reload.Yes, "Streams must name a size.", BindBytesRequired),
        Size("memory_max_stream_bytes mem_max_stream_bytes", "Bytes of a memory stream.", (o, v) => o with { MemoryMaxStreamBytes = v }),
        Size("disk_max_stream_bytes store_max_stream_bytes", "Bytes of a file stream.", (o, v) => o with { StoreMaxStreamBytes = v }),
        Size("max_ack_pending", "Unacknowledged messages of a consumer.", (o, v) => o with { MaxAckPending = v }),
        Key.Other("cluster_traffic", "system or owner", Reload.Yes, "Account that replication traffic is sent in.", BindClusterTraffic),
    ]);

    public static AccountOptions Bind(AccountOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case bool on:
                return on ? options with { JetStream = new AccountJetStreamOptions() } : options;
            case string word:
                return JetStreamKeys.TryWord(setting, word, out bool enabled)
                    ? options with { JetStream = enabled ? new AccountJetStreamOptions() : null }
                    : options;
            case ConfigMap map:
                return options with { JetStream = Section.Bind(new AccountJetStreamOptions(), map, setting.Context) };
        }
        setting.Error($"Expected map, bool or string to define JetStream, got {GoText.TypeOf(setting.Value)}");
        return options;
    }

    private static ConfigKey<AccountJetStreamOptions> Size(
        string names, string help, Func<AccountJetStreamOptions, long, AccountJetStreamOptions> set) =>
        Key.Other(names, "size", Reload.Yes, help, (o, s) =>
        {
            if (s.Value is long value)
                return set(o, value);
            s.Error($"Expected a parseable size for {GoText.Quote(s.Key)}, got {GoText.Print(s.Value)}");
            return o;
        });

    private static AccountJetStreamOptions BindBytesRequired(AccountJetStreamOptions options, Setting setting)
    {
        if (setting.Value is bool required)
            return options with { MaxBytesRequired = required };
        setting.Error($"Expected a parseable bool for {GoText.Quote(setting.Key)}, got {GoText.Print(setting.Value)}");
        return options;
    }

    private static AccountJetStreamOptions BindClusterTraffic(AccountJetStreamOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case "system" or "":
                return options with { ClusterTrafficInAccount = false };
            case "owner":
                return options with { ClusterTrafficInAccount = true };
        }
        string either = setting.Value is string ? "" : "either ";
        setting.Error($"Expected {either}'system' or 'owner' string value for {GoText.Quote(setting.Key)}, got {GoText.Print(setting.Value)}");
        return options;
    }
}
