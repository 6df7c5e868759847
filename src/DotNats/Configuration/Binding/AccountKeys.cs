using DotNats.Configuration.Language;
using DotNats.Primitives;
using DotNats.Security;
using System.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.AccountOptions>;
using Limit = DotNats.Configuration.Binding.Keys<DotNats.AccountLimitOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>accounts</c>: a list of names, or a map of sections.</summary>
internal static class AccountKeys
{
    private const string GlobalAccount = "$G";

    public static ConfigSection<AccountOptions> Section { get; } = new(
    [
        Key.Other("nkey", "text", Reload.Yes, "Public nkey of the account.", BindNKey),
        Key.Other("users", "list", Reload.Yes, "Users of the account.", (o, s) => UserKeys.Bind(s) is { } users ? o with { Users = users } : o),
        Key.Map("default_permissions", Reload.Yes, "Permissions of users without their own.",
            (o, s) => Permissions.Bind(s) is { } permissions ? o with { DefaultPermissions = permissions } : o),
        Key.Other("exports", "list", Reload.Yes, "What other accounts may import.", ExportKeys.Bind),
        Key.Other("imports", "list", Reload.Yes, "What is taken from other accounts.", ImportKeys.Bind),
        Key.Other("jetstream", "yes/no or map", Reload.Yes, "JetStream for this account.", AccountJetStreamKeys.Bind),
        Key.Map("mappings maps", Reload.Yes, "Subjects published messages go to instead.",
            (o, s) => o with { Mappings = MappingKeys.Bind(s, o.Mappings) }),
        Key.Map("limits", Reload.Yes, "What the account may use.", BindLimits),
        Key.Other("msg_trace trace_dest", "subject or map", Reload.Yes, "Where traces of messages go.", BindTrace),
    ]);

    public static ConfigSection<AccountLimitOptions> LimitSection { get; } = new(
        [
            Limit.Int("max_connections max_conn", Reload.Yes, "Connections at once.", (o, v) => o with { MaxConnections = v }),
            Limit.Int("max_subscriptions max_subs", Reload.Yes, "Subscriptions of a connection.", (o, v) => o with { MaxSubscriptions = v }),
            Limit.Int("max_payload max_pay", Reload.Yes, "Bytes of a message.", (o, v) => o with { MaxPayloadBytes = v }),
            Limit.Int("max_leafnodes max_leafs", Reload.Yes, "Leaf nodes at once.", (o, v) => o with { MaxLeafNodes = v }),
        ],
        key => $"Unknown field {GoText.Quote(key)} parsing account limits");

    public static NatsServerOptions Bind(NatsServerOptions options, Setting setting)
    {
        int before = setting.Context.Errors.Count;
        List<AccountOptions> accounts = setting.Value switch
        {
            ConfigList list => BindNames(setting, list),
            ConfigMap map => BindMap(options, setting, map),
            _ => [],
        };
        if (setting.Context.Errors.Count == before)
            setting.Context.AccountsPlace = setting.Node.Place;
        return options with { Accounts = accounts };
    }

    private static List<AccountOptions> BindNames(Setting setting, ConfigList list)
    {
        List<AccountOptions> accounts = [];
        foreach (ConfigNode item in list.Items)
        {
            Setting entry = setting.With(item);
            if (!entry.TryText(out string? name))
                continue;
            if (name == GlobalAccount)
                entry.Error($"{GoText.Quote(name)} is a Reserved Account");
            else if (accounts.Exists(a => a.Name == name))
                entry.Error($"Duplicate Account Entry: {name}");
            else
                accounts.Add(new AccountOptions { Name = name });
        }
        return accounts;
    }

    private static List<AccountOptions> BindMap(NatsServerOptions options, Setting setting, ConfigMap map)
    {
        List<AccountOptions> accounts = [];
        foreach ((string name, ConfigNode node) in map.Entries)
        {
            if (node.IsUsedAsVariable)
                continue;
            Setting entry = setting.With(node);
            if (node.Value is not ConfigMap section)
            {
                entry.Error("Expected map entries for accounts");
                continue;
            }
            if (name == GlobalAccount)
            {
                entry.Error($"{GoText.Quote(name)} is a Reserved Account");
                continue;
            }
            AccountOptions account = Section.Bind(new AccountOptions { Name = name }, section, setting.Context);
            ConfigPlace usersPlace = section.Entries.FirstOrDefault(e => e.Key.Equals("users", StringComparison.OrdinalIgnoreCase)).Value?.Place ?? node.Place;
            accounts.Add(CheckUsers(options, setting.Context, usersPlace, account));
        }
        return accounts;
    }

    private static AccountOptions CheckUsers(NatsServerOptions options, BindingContext context, ConfigPlace place, AccountOptions account)
    {
        if (account.Users.Count == 0)
            return account;
        if (options.Authorization.Username is not null)
            context.Error(place, "Can not have a single user/pass and accounts");
        else if (options.Authorization.Token is not null)
            context.Error(place, "Can not have a token and accounts");
        else
            UserNames.Add(context, place, account.Users, stopAtFirst: false);
        return account;
    }

    private static AccountOptions BindNKey(AccountOptions options, Setting setting)
    {
        if (setting.Value is string key && NKey.IsPublicKey(key, NKeyKind.Account))
            return options with { NKey = key };
        string shown = setting.Value is string text ? SecretText.QuoteKey(text) : GoText.Print(setting.Value);
        setting.Error($"Not a valid public nkey for an account: {shown}");
        return options;
    }

    private static AccountOptions BindLimits(AccountOptions options, Setting setting)
    {
        if (setting.Value is ConfigMap map)
            return options with { Limits = LimitSection.Bind(options.Limits, map, setting.Context) };
        setting.Error($"Expected account limits to be a map/struct, got {GoText.Print(setting.Value)}");
        return options;
    }

    private static AccountOptions BindTrace(AccountOptions options, Setting setting)
    {
        int before = setting.Context.Errors.Count;
        switch (setting.Value)
        {
            case string:
                options = BindTraceDestination(options, setting, setting.Key);
                break;
            case ConfigMap map:
                foreach ((string key, ConfigNode node) in map.Entries)
                    options = BindTraceKey(options, setting, key, node);
                break;
            default:
                setting.Error($"Expected account message trace {GoText.Quote(setting.Key)} to be a string or a map/struct, got {GoText.TypeOf(setting.Value)}");
                break;
        }
        if (setting.Context.Errors.Count > before)
            return options;
        if (options.TraceDestination is not null)
            return options.TraceSampling == 0 ? options with { TraceSampling = 100 } : options;
        if (options.TraceSampling > 0)
            setting.Warn("Trace destination sampling ignored since no destination was set");
        return options with { TraceSampling = 0 };
    }

    private static AccountOptions BindTraceKey(AccountOptions options, Setting setting, string key, ConfigNode node)
    {
        Setting entry = setting.With(node);
        switch (key.ToLowerInvariant())
        {
            case "dest":
                return BindTraceDestination(options, entry, key);
            case "sampling":
                return BindTraceSampling(options, entry, key);
        }
        if (!node.IsUsedAsVariable)
            entry.Error($"Unknown field {GoText.Quote(key)} parsing account message trace map/struct {GoText.Quote(setting.Key)}");
        return options;
    }

    private static AccountOptions BindTraceDestination(AccountOptions options, Setting setting, string key)
    {
        if (setting.Value is not string subject)
        {
            setting.Error($"Field {GoText.Quote(key)} should be a string, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        if (Subjects.IsValidFilter(bytes) && Subjects.IsLiteral(bytes))
            return options with { TraceDestination = subject };
        setting.Error($"Trace destination {GoText.Quote(subject)} is not valid");
        return options;
    }

    private static AccountOptions BindTraceSampling(AccountOptions options, Setting setting, string key)
    {
        // Compat: the type named is that of the key, which is always text.
        string? error = setting.Value is not (long or string)
            ? $"Trace destination sampling field {GoText.Quote(key)} should be an integer or a percentage, got {GoText.TypeOf(setting.Value)}"
            : !Percentage.TryRead(setting.Value, out long percent) ? $"Invalid trace destination sampling value {GoText.Quote((string)setting.Value)}"
            : percent is <= 0 or > 100 ? $"Ttrace destination sampling value {percent} is invalid, needs to be [1..100]"
            : null;
        if (error is null && Percentage.TryRead(setting.Value, out long value))
            return options with { TraceSampling = (int)value };
        setting.Error(error!);
        return options;
    }
}
