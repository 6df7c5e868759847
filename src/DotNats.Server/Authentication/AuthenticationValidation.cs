using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>Start-up errors in the authentication part of the options, in nats-server's words.</summary>
public static class AuthenticationValidation
{
    /// <summary>All errors; an empty list lets a <see cref="ConfigAuthenticator"/> be made.</summary>
    public static IReadOnlyList<string> Validate(NatsServerOptions options)
    {
        List<string> errors = [];
        UserOptions[] users = [.. options.Authorization.Users, .. options.Accounts.SelectMany(account => account.Users)];
        foreach (UserOptions user in users)
            CheckUser(user, errors);
        CheckPermissions("default permissions", options.Authorization.DefaultPermissions, errors);
        foreach (AccountOptions account in options.Accounts)
            CheckPermissions($"default permissions of account \"{account.Name}\"", account.DefaultPermissions, errors);
        CheckNoAuthUser(options.NoAuthUser, users, errors);
        return errors;
    }

    private static void CheckUser(UserOptions user, List<string> errors)
    {
        foreach (string type in user.AllowedConnectionTypes ?? [])
        {
            if (!ConnectionTypes.IsKnown(type))
                errors.Add($"unknown connection type \"{type}\"");
        }

        if (user.NKey is not null && !NKey.IsPublicKey(user.NKey, NKeyKind.User))
            errors.Add("Not a valid public nkey for a user");
        string who = user.NKey is not null ? $"nkey \"{user.NKey}\"" : $"user \"{user.Username}\"";
        CheckPermissions("permissions for " + who, user.Permissions, errors);
    }

    private static void CheckPermissions(string where, PermissionSet? permissions, List<string> errors)
    {
        if (permissions is null)
            return;
        foreach (string error in CompiledPermissions.Validate(permissions))
            errors.Add($"invalid {where}: {error}");
    }

    private static void CheckNoAuthUser(string? name, UserOptions[] users, List<string> errors)
    {
        if (string.IsNullOrEmpty(name))
            return;
        if (users.Length == 0)
            errors.Add($"no_auth_user: \"{name}\" present, but users/nkeys are not defined");
        else if (!users.Any(user => (user.NKey ?? user.Username) == name))
            errors.Add($"no_auth_user: \"{name}\" not present as user or nkey in authorization block or account configuration");
    }
}
