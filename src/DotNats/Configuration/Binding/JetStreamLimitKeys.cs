using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.JetStreamLimitOptions>;
using Tpm = DotNats.Configuration.Binding.Keys<DotNats.JetStreamTpmOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>jetstream { limits {} tpm {} }</c>.</summary>
internal static class JetStreamLimitKeys
{
    public static ConfigSection<JetStreamLimitOptions> Section => new(
    [
        Key.Int("max_ack_pending", Reload.No, "Unacknowledged messages of a consumer.", (o, v) => o with { MaxAckPending = v }),
        Key.Int("max_ha_assets", Reload.No, "Replicated streams and consumers on this server.", (o, v) => o with { MaxHighlyAvailableAssets = v }),
        Key.Int("default_max_consumers", Reload.No, "Consumers of a stream that says nothing of them.", (o, v) => o with { DefaultMaxConsumers = v }),
        Key.Int("max_request_batch", Reload.No, "Messages of a pull request.", (o, v) => o with { MaxRequestBatch = v }),
        Key.Other("duplicate_window", "duration", Reload.No, "Window in which a stream detects duplicates.",
            (o, s) => TryDuration(s, out TimeSpan v) ? o with { DuplicateWindow = v } : o),
        Key.Map("batch", Reload.No, "Batches of messages published together.", BindBatch),
    ]);

    public static ConfigSection<JetStreamLimitOptions> BatchSection => new(
    [
        Key.Int("max_inflight_per_stream", Reload.No, "Open batches of a stream.", (o, v) => o with { BatchMaxInflightPerStream = v }),
        Key.Int("max_inflight_total", Reload.No, "Open batches of the server.", (o, v) => o with { BatchMaxInflightTotal = v }),
        Key.Int("max_msgs", Reload.No, "Messages of a batch.", (o, v) => o with { BatchMaxMessages = v }),
        Key.Other("timeout", "duration", Reload.No, "Time after which an idle batch is given up.",
            (o, s) => TryDuration(s, out TimeSpan v) ? o with { BatchTimeout = v } : o),
    ]);

    public static ConfigSection<JetStreamTpmOptions> TpmSection => new(
    [
        Tpm.Text("keys_file", Reload.No, "File of the sealed key.", (o, v) => o with { KeysFile = ServerKeys.OrNull(v) }),
        Tpm.Text("encryption_password", Reload.No, "Password of the key.", (o, v) => o with { EncryptionPassword = ServerKeys.OrNull(v) }),
        Tpm.Text("srk_password", Reload.No, "Password of the storage root key.", (o, v) => o with { SrkPassword = ServerKeys.OrNull(v) }),
        Tpm.Int("pcr", Reload.No, "Platform configuration register.", (o, v) => o with { Pcr = v }),
        Tpm.Other("cipher", "chacha or aes", Reload.No, "Same as the cipher of jetstream.", (o, _) => o),
    ]);

    private static JetStreamLimitOptions BindBatch(JetStreamLimitOptions options, Setting setting)
    {
        if (setting.Value is ConfigMap map)
            return BatchSection.Bind(options, map, setting.Context, setting.MismatchPlace);
        setting.Error($"Expected a map to define batch limits, got {GoText.TypeOf(setting.Value)}");
        return options;
    }

    private static bool TryDuration(Setting setting, out TimeSpan value)
    {
        value = default;
        if (!setting.TryText(out string? text))
            return false;
        if (GoDuration.TryParse(text, out value, out string? error))
            return true;
        setting.Error(error);
        return false;
    }
}
