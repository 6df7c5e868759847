using DotNats.Configuration.Language;
using DotNats.Security;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>proxies {}</c>.</summary>
internal static class ProxyKeys
{
    public static ConfigSection<ProxyTrustOptions> Section { get; } = new(
    [
        Keys<ProxyTrustOptions>.Other("trusted", "list", Reload.Yes, "Public keys of proxies that may speak for clients.", BindTrusted),
    ]);

    public static ConfigSection<ProxyTrustOptions> EntrySection { get; } = new(
    [
        Keys<ProxyTrustOptions>.Other("key public_key", "text", Reload.Yes, "Public nkey of the proxy.", BindKey),
    ]);

    private static ProxyTrustOptions BindTrusted(ProxyTrustOptions options, Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"expected proxies' trusted field to be an array, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        foreach (ConfigNode item in list.Items)
        {
            if (item.Value is ConfigMap map)
                options = EntrySection.Bind(options, map, setting.Context);
            else
                setting.With(item).Error($"expected proxies' trusted entry to be a map/struct, got {GoText.TypeOf(item.Value)}");
        }
        return options;
    }

    private static ProxyTrustOptions BindKey(ProxyTrustOptions options, Setting setting)
    {
        if (!setting.TryText(out string? key))
            return options;
        if (!IsPublicKey(key))
            setting.Error($"invalid proxy key {SecretText.QuoteKey(key)}");
        return options with { TrustedKeys = [.. options.TrustedKeys, key] };
    }

    /// <summary>True for a public nkey of any kind.</summary>
    public static bool IsPublicKey(string key)
    {
        Span<byte> raw = stackalloc byte[NKey.KeyBytes];
        return NKey.TryParsePublic(key, out _, raw);
    }
}
