using System.Globalization;
using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using DotNats.Security;
using Key = DotNats.Configuration.Binding.Keys<DotNats.Configuration.Binding.AuthorizationDraft>;

namespace DotNats.Configuration.Binding;

/// <summary>What an <c>authorization {}</c> says, before it is known what its surroundings allow.</summary>
internal sealed record AuthorizationDraft
{
    public string? Username { get; init; }

    public string? Password { get; init; }

    public string? Token { get; init; }

    public TimeSpan? Timeout { get; init; }

    /// <summary>Null when there is no list, or a bad one.</summary>
    public IReadOnlyList<UserOptions>? Users { get; init; }

    public PermissionSet? DefaultPermissions { get; init; }

    public AuthCalloutOptions? Callout { get; init; }

    public bool ProxyRequired { get; init; }
}

/// <summary>Binds <c>authorization {}</c> of the server, the cluster and gateways.</summary>
internal static class AuthorizationKeys
{
    private static readonly TimeSpan HighTimeout = TimeSpan.FromSeconds(60);

    public static ConfigSection<AuthorizationDraft> Section { get; } = new(
    [
        Key.Text("user username", Reload.Yes, "Name of the only user.", (o, v) => o with { Username = ServerKeys.OrNull(v) }),
        Key.Text("password pass", Reload.Yes, "Password of the only user, plain or bcrypt.", (o, v) => o with { Password = ServerKeys.OrNull(v) }),
        Key.Text("token", Reload.Yes, "Token of all clients, plain or bcrypt.", (o, v) => o with { Token = ServerKeys.OrNull(v) }),
        Key.Other("timeout", "seconds or duration", Reload.Yes, "Time a client has to log in.",
            (o, s) => TryTimeout(s, "authorization", out TimeSpan? timeout) ? o with { Timeout = timeout } : o),
        Key.Other("users", "list", Reload.Yes, "Users with a name and password or an nkey.",
            (o, s) => UserKeys.Bind(s) is { } users ? o with { Users = users } : o),
        Key.Map("default_permissions default_permission permissions", Reload.Yes, "Permissions of users without their own.",
            (o, s) => Permissions.Bind(s) is { } permissions ? o with { DefaultPermissions = permissions } : o),
        Key.Map("auth_callout auth_hook", Reload.No, "A service that decides who may log in.",
            (o, s) => AuthCalloutKeys.Bind(s) is { } callout ? o with { Callout = callout } : o),
        Key.Flag("proxy_required", Reload.No, "Clients must come through a trusted proxy.", (o, v) => o with { ProxyRequired = v }),
    ]);

    /// <summary>Binds the map; null when it is none.</summary>
    public static AuthorizationDraft? Bind(Setting setting) =>
        setting.TryMap(out ConfigMap? map) ? Section.Bind(new AuthorizationDraft(), map, setting.Context) : null;

    /// <summary>A link's single user; null after an error. Links know neither lists of users nor tokens nor callouts.</summary>
    /// <param name="link">Cluster or Gateway.</param>
    public static AuthorizationDraft? BindForLink(Setting setting, string link)
    {
        if (Bind(setting) is not { } draft)
            return null;
        string? error = draft.Users is not null ? "does not allow multiple users"
            : draft.Token is not null ? "does not support tokens"
            : draft.Callout is not null ? "does not support callouts"
            : null;
        if (error is null)
            return draft;
        setting.Error($"{link} authorization {error}");
        return null;
    }

    /// <summary>A timeout in seconds, whole or not, or in Go's form. Zero is no timeout of its own: null.</summary>
    /// <param name="section">Name of the section in messages.</param>
    public static bool TryTimeout(Setting setting, string section, out TimeSpan? timeout)
    {
        timeout = null;
        string? error = TrySeconds(setting.Value, out double seconds);
        if (error is not null)
        {
            setting.Error($"error parsing {section} config, 'timeout' {error}");
            return false;
        }
        if (seconds > HighTimeout.TotalSeconds && section != "tls")
        {
            string shown = seconds.ToString("F6", CultureInfo.InvariantCulture);
            setting.InvalidUse(setting.Key, $"timeout of {GoText.Print(setting.Value)} ({shown} seconds) is high, consider keeping it under "
                + "60 seconds. possibly caused by unquoted duration; use '1m' instead of 1m, for example");
        }
        timeout = seconds == 0 ? null : Setting.Seconds(seconds);
        return true;
    }

    /// <summary>Reads seconds from a number or a duration; returns what is wrong, or null.</summary>
    public static string? TrySeconds(object value, out double seconds)
    {
        seconds = 0;
        switch (value)
        {
            case long whole:
                seconds = whole;
                return null;
            case double number:
                seconds = number;
                return null;
            case string text:
                if (!GoDuration.TryParse(text, out TimeSpan duration, out string? error))
                    return error;
                seconds = duration.TotalSeconds;
                return null;
        }
        return "wrong type";
    }
}
