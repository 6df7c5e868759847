using DotNats.Configuration.Language;
using DotNats.Security;
using Key = DotNats.Configuration.Binding.Keys<DotNats.AuthCalloutOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>auth_callout {}</c>.</summary>
internal static class AuthCalloutKeys
{
    public static ConfigSection<AuthCalloutOptions> Section { get; } = new(
        [
            Key.Text("issuer", Reload.No, "Public account nkey that signs the answers; required.", (o, v) => o with { Issuer = v }),
            Key.Text("account acc", Reload.No, "Account of the service.", (o, v) => o with { Account = v.Length == 0 ? "$G" : v }),
            Key.Other("auth_users users", "list", Reload.No, "Users that log in without the service; required.",
                (o, s) => TryItems(s, "auth_users", out IReadOnlyList<string> items) ? o with { AuthUsers = items } : o),
            Key.Text("xkey key", Reload.No, "Public curve nkey that requests are encrypted for.", (o, v) => o with { XKey = v }),
            Key.Other("allowed_accounts", "list", Reload.No, "Accounts the service may put users in.",
                (o, s) => TryItems(s, "allowed accounts", out IReadOnlyList<string> items) ? o with { AllowedAccounts = items } : o),
        ],
        key => $"Unknown field {GoText.Quote(key)} parsing authorization callout");

    /// <summary>Binds the map; null after an error that leaves none.</summary>
    public static AuthCalloutOptions? Bind(Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error($"Expected authorization callout to be a map/struct, got {GoText.Print(setting.Value)}");
            return null;
        }
        int before = setting.Context.Errors.Count;
        AuthCalloutOptions callout = Section.Bind(new AuthCalloutOptions { Issuer = "" }, map, setting.Context);
        if (setting.Context.Errors.Count > before)
            return null;
        ConfigPlace end = map.LastPlace ?? setting.Node.Place;
        setting.Context.CalloutPlace = PlaceOf(map, end, "allowed_accounts");
        if (callout.Issuer.Length > 0 && !NKey.IsPublicKey(callout.Issuer, NKeyKind.Account))
            return Fail(PlaceOf(map, end, "issuer"), $"Expected callout user to be a valid public account nkey, got {SecretText.QuoteKey(callout.Issuer)}");
        if (callout.XKey is not null && !NKey.IsPublicKey(callout.XKey, NKeyKind.Curve))
            return Fail(PlaceOf(map, end, "xkey", "key"), $"Expected callout xkey to be a valid public xkey, got {SecretText.QuoteKey(callout.XKey)}");
        if (callout.Issuer.Length == 0)
            return Fail(end, "Authorization callouts require an issuer to be specified");
        return callout.AuthUsers.Count == 0
            ? Fail(end, "Authorization callouts require authorized users to be specified")
            : callout;

        AuthCalloutOptions? Fail(ConfigPlace place, string message)
        {
            setting.Context.Error(place, message);
            return null;
        }
    }

    private static bool TryItems(Setting setting, string what, out IReadOnlyList<string> items)
    {
        items = [];
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"Expected {what} field to be an array, got *conf.token");
            return false;
        }
        items = [.. setting.TextItems(list)];
        return true;
    }

    private static ConfigPlace PlaceOf(ConfigMap map, ConfigPlace otherwise, params ReadOnlySpan<string> names)
    {
        foreach ((string key, ConfigNode node) in map.Entries)
        {
            if (names.Contains(key.ToLowerInvariant()))
                return node.Place;
        }
        return otherwise;
    }
}
