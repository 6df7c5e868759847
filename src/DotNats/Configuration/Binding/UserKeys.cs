using DotNats.Configuration.Language;
using DotNats.Security;
using DotNats.Server.Authentication;
using Key = DotNats.Configuration.Binding.Keys<DotNats.UserOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>users [ {} ]</c> of authorization and accounts.</summary>
internal static class UserKeys
{
    public static ConfigSection<UserOptions> Section { get; } = new(
    [
        Key.Text("user username", Reload.Yes, "Name of the user.", (o, v) => o with { Username = v }),
        Key.Text("password pass", Reload.Yes, "Password, plain or bcrypt.", (o, v) => o with { Password = v }),
        Key.Text("nkey", Reload.Yes, "Public nkey of the user, instead of name and password.", (o, v) => o with { NKey = v }),
        Key.Map("permissions permission authorization", Reload.Yes, "What the user may publish and subscribe to.",
            (o, s) => Permissions.Bind(s) is { } permissions ? o with { Permissions = permissions } : o),
        Key.Other("allowed_connection_types connection_types clients", "list", Reload.Yes, "Kinds of connection the user may come over.",
            BindConnectionTypes),
        Key.Flag("proxy_required", Reload.Yes, "The user must come through a trusted proxy.", (o, v) => o with { ProxyRequired = v }),
    ]);

    /// <summary>Binds the list; null after an error that leaves none.</summary>
    // Compat: the first entry that is neither user nor nkey voids the whole list, as in nats-server.
    public static IReadOnlyList<UserOptions>? Bind(Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"Expected users field to be an array, got {GoText.Print(setting.Value)}");
            return null;
        }
        List<UserOptions> users = [];
        foreach (ConfigNode item in list.Items)
        {
            Setting entry = setting.With(item);
            if (item.Value is not ConfigMap map)
            {
                entry.Error($"Expected user entry to be a map/struct, got {GoText.Print(item.Value)}");
                continue;
            }
            int before = setting.Context.Errors.Count;
            UserOptions user = Section.Bind(new UserOptions(), map, setting.Context);
            if (setting.Context.Errors.Count > before)
                continue;
            if (Check(user) is { } error)
            {
                setting.Context.Error(map.LastPlace ?? item.Place, error);
                return null;
            }
            users.Add(string.IsNullOrEmpty(user.NKey) ? user with { NKey = null } : user with { Username = null, Password = null });
        }
        return users;
    }

    private static string? Check(UserOptions user)
    {
        if (string.IsNullOrEmpty(user.NKey))
            return string.IsNullOrEmpty(user.Username) ? "User entry requires a user" : null;
        if (!NKey.IsPublicKey(user.NKey, NKeyKind.User))
            return "Not a valid public nkey for a user";
        return string.IsNullOrEmpty(user.Username) && string.IsNullOrEmpty(user.Password)
            ? null
            : "Nkey users do not take usernames or passwords";
    }

    private static UserOptions BindConnectionTypes(UserOptions options, Setting setting)
    {
        if (setting.Texts("allowed connection types") is not { } types)
            return options;
        string[] upper = [.. types.Select(type => type.ToUpperInvariant())];
        string[] unknown = [.. upper.Where(type => !ConnectionTypes.IsKnown(type))];
        if (unknown.Length > 0)
            setting.Error($"invalid connection types {GoText.Quote(unknown)}");
        return options with { AllowedConnectionTypes = [.. upper.Except(unknown)] };
    }
}
