using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>certs [ {} ]</c> of a tls section.</summary>
internal static class TlsCertificateKeys
{
    public static TlsOptions Bind(TlsOptions options, Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            // Compat: the type named is that of the section around it.
            setting.Error("error parsing certificates config: unsupported type map[string]interface {}");
            return options;
        }
        List<TlsCertificateOptions> pairs = [];
        foreach (ConfigNode item in list.Items)
        {
            if (item.Value is not ConfigMap map)
                setting.With(item).Error($"error parsing certificates config: unsupported type {GoText.TypeOf(item.Value)}");
            else if (BindPair(setting, item, map) is { } pair)
                pairs.Add(pair);
        }
        return options with { Certificates = [.. options.Certificates, .. pairs] };
    }

    private static TlsCertificateOptions? BindPair(Setting setting, ConfigNode item, ConfigMap map)
    {
        TlsCertificateOptions pair = new("", "");
        ConfigPlace last = item.Place;
        foreach ((string key, ConfigNode node) in map.Entries)
        {
            last = node.Place;
            string? error = null;
            if (node.Value is not string file)
                error = $"error parsing certificates config: unsupported type {GoText.TypeOf(node.Value)}";
            else if (key == "cert_file")
                pair = pair with { CertificateFile = file };
            else if (key == "key_file")
                pair = pair with { KeyFile = file };
            else
                error = $"error parsing tls certs config, unknown field {GoText.Quote(key)}";
            if (error is not null)
            {
                setting.Context.Error(node.Place, error);
                return null;
            }
        }
        if (pair.CertificateFile.Length > 0 && pair.KeyFile.Length > 0)
            return pair;
        setting.Context.Error(last, "error parsing certificates config: both 'cert_file' and 'cert_key' options are required");
        return null;
    }
}
