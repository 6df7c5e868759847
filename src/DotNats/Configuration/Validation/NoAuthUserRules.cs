namespace DotNats.Configuration.Validation;

/// <summary>The user of clients without credentials must exist.</summary>
internal static class NoAuthUserRules
{
    /// <summary>What is wrong with a listener's own user, or null.</summary>
    public static string? Check(NatsServerOptions options, string? name)
    {
        if (string.IsNullOrEmpty(name))
            return null;
        if (options.Operators.Count > 0)
            return "no_auth_user not compatible with Trusted Operator";
        UserOptions[] users = [.. options.Authorization.Users, .. options.Accounts.SelectMany(a => a.Users)];
        if (users.Length == 0)
            return $"no_auth_user: \"{name}\" present, but users/nkeys are not defined";
        return users.Any(u => (u.NKey ?? u.Username) == name)
            ? null
            : $"no_auth_user: \"{name}\" not present as user or nkey in authorization block or account configuration";
    }

    /// <summary>True when there is any user, in authorization or accounts.</summary>
    public static bool HasUsers(NatsServerOptions options) =>
        options.Authorization.Users.Count > 0 || options.Accounts.Any(a => a.Users.Count > 0);
}
