using System.Text.RegularExpressions;
using DotNats.Configuration.Jwt;
using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using DotNats.Security;
using Key = DotNats.Configuration.Binding.Keys<DotNats.NatsServerOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Top-level keys of operator mode: operators, trusted keys and where account JWTs come from.</summary>
internal static partial class OperatorKeys
{
    private const string ResolverForms =
        "error parsing account resolver, should be MEM or  URL(\"url\") or a map containing dir and type state=[FULL|CACHE])";

    public static IReadOnlyList<ConfigKey<NatsServerOptions>> All { get; } =
    [
        Key.Other("operator operators root roots root_operator root_operators", "path, JWT or list", Reload.No, "Operators that are trusted.", BindOperators),
        Key.Other("trusted_keys trusted", "list", Reload.No, "Public operator nkeys that are trusted.", BindTrustedKeys),
        Key.Other("resolver account_resolver accounts_resolver", "MEMORY, URL(…) or map", Reload.Partly, "Where account JWTs come from.", BindResolver),
        Key.Map("resolver_tls", Reload.Yes, "TLS towards a URL resolver.", (o, s) => TlsKeys.Bind(s, isLink: false) is { } tls ? o with { ResolverTls = tls } : o),
        Key.Map("resolver_preload", Reload.Yes, "Account JWTs by public account nkey.", BindPreload),
        Key.Other("resolver_pinned_accounts", "list", Reload.Yes, "The only accounts that may be resolved.",
            (o, s) => s.Texts("resolver_pinned_accounts") is { } accounts ? o with { ResolverPinnedAccounts = accounts } : o),
        Key.Text("default_sentinel", Reload.Yes, "User JWT of clients that bring none.", (o, v) => o with { DefaultSentinel = ServerKeys.OrNull(v) }),
    ];

    private static NatsServerOptions BindOperators(NatsServerOptions options, Setting setting)
    {
        List<string> sources = [];
        switch (setting.Value)
        {
            case string single:
                sources.Add(single);
                break;
            case ConfigList list:
                foreach (ConfigNode item in list.Items)
                {
                    if (item.Value is string source)
                        sources.Add(source);
                    else
                        setting.Error("error parsing operators: unsupported type *conf.token where string is expected");
                }
                break;
            default:
                setting.Error($"error parsing operators: unsupported type {GoText.TypeOf(setting.Value)}");
                break;
        }
        List<OperatorOptions> operators = [];
        foreach (string source in sources)
        {
            if (OperatorJwt.Read(source, setting.Context.Files, out string? error) is { } found)
                operators.Add(found);
            else
                setting.Error($"error parsing operator JWT: {error}");
        }
        return options with { Operators = operators };
    }

    private static NatsServerOptions BindTrustedKeys(NatsServerOptions options, Setting setting)
    {
        if (setting.Texts("trusted") is not { } keys)
            return options;
        foreach (string key in keys.Where(k => !NKey.IsPublicKey(k, NKeyKind.Operator)))
            setting.Error($"trust key {SecretText.QuoteKey(key)} required to be a valid public operator nkey");
        return options with { TrustedKeys = keys };
    }

    private static NatsServerOptions BindPreload(NatsServerOptions options, Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error("preload should be a map of account_public_key:account_jwt");
            return options;
        }
        OptionMap<string> preload = new();
        foreach ((string account, ConfigNode node) in map.Entries)
        {
            if (node.Value is not string jwt)
                setting.With(node).Error("preload map value should be a string JWT");
            else if (!JwtReader.TryReadAccount(jwt, out _, out _))
                setting.With(node).Error("invalid account JWT");
            else
                preload[account] = jwt;
        }
        return options with { ResolverPreload = preload };
    }

    private static NatsServerOptions BindResolver(NatsServerOptions options, Setting setting)
    {
        switch (setting.Value)
        {
            case string text:
                return BindNamedResolver(options, setting, text);
            case ConfigMap map:
                return DirectoryResolverKeys.Bind(setting, map, ResolverForms) is { } resolver ? options with { Resolver = resolver } : options;
        }
        setting.Error($"error parsing operator resolver, wrong type {GoText.TypeOf(setting.Value)}");
        return options;
    }

    private static NatsServerOptions BindNamedResolver(NatsServerOptions options, Setting setting, string text)
    {
        // Compat: the word may stand anywhere in the text.
        if (text.Contains("MEM", StringComparison.OrdinalIgnoreCase))
            return options with { Resolver = new ResolverOptions { Kind = ResolverKind.Memory } };
        Match match = UrlResolver().Match(text);
        if (!match.Success)
        {
            setting.Error(ResolverForms);
            return options;
        }
        string url = match.Groups[1].Value;
        return UrlReader.Read(setting, url, "account resolver") is null
            ? options
            : options with { Resolver = new ResolverOptions { Kind = ResolverKind.Url, Url = url.EndsWith('/') ? url : url + "/" } };
    }

    [GeneratedRegex(@"URL(?:\(\s*""?([^\s""]*)""?\s*\))?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UrlResolver();
}
