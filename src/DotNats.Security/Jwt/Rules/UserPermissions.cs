namespace DotNats.Security;

/// <summary>Permissions of claims made ready for <see cref="CompiledPermissions"/>.</summary>
public static class UserPermissions
{
    /// <summary>The user's own permissions, else the account's default ones, else null: no restriction.</summary>
    public static PermissionSet? Effective(PermissionSet own, PermissionSet accountDefault) => Restricting(own) ?? Restricting(accountDefault);

    /// <summary>The same permissions with defaults filled in; null when they restrict nothing.</summary>
    public static PermissionSet? Restricting(PermissionSet claimed)
    {
        SubjectPermission? publish = Restricting(claimed.Publish);
        SubjectPermission? subscribe = Restricting(claimed.Subscribe);
        if (publish is null && subscribe is null && claimed.Responses is null)
            return null;
        return new PermissionSet { Publish = publish, Subscribe = subscribe, Responses = WithDefaults(claimed.Responses) };
    }

    // Compat: two empty lists are no lists; an empty one beside one that is not allows nothing.
    private static SubjectPermission? Restricting(SubjectPermission? subjects) =>
        subjects?.Allow is { Count: > 0 } || subjects?.Deny is { Count: > 0 } ? subjects : null;

    private static ResponsePermission? WithDefaults(ResponsePermission? claimed)
    {
        if (claimed is null)
            return null;
        ResponsePermission defaults = new();
        return new ResponsePermission
        {
            MaxMessages = claimed.MaxMessages == 0 ? defaults.MaxMessages : claimed.MaxMessages,
            Expires = claimed.Expires == TimeSpan.Zero ? defaults.Expires : claimed.Expires,
        };
    }
}
