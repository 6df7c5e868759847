using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>One user or nkey of the configuration, ready for logins.</summary>
internal sealed class ConfiguredUser
{
    private readonly HashSet<string>? _connectionTypes;

    public ConfiguredUser(UserOptions options, string accountName, PermissionSet? defaultPermissions, bool isNoAuthUser)
    {
        Password = options.Password ?? "";
        ProxyRequired = options.ProxyRequired;
        CompiledPermissions? permissions = CompiledPermissions.Compile(options.Permissions ?? defaultPermissions);
        Identity = new Identity
        {
            AccountName = accountName,
            UserName = options.NKey is null ? options.Username : null,
            NKey = options.NKey,
            Permissions = permissions,
            StoredSecret = options.NKey is null ? Password : null,
        };
        NoAuthIdentity = !isNoAuthUser ? null : new Identity
        {
            AccountName = accountName,
            UserName = Identity.UserName,
            NKey = Identity.NKey,
            Permissions = permissions,
            StoredSecret = Identity.StoredSecret,
            IsNoAuthUser = true,
        };
        // No list and an empty one both allow every type.
        if (options.AllowedConnectionTypes is { Count: > 0 } types)
            _connectionTypes = new HashSet<string>(types, StringComparer.OrdinalIgnoreCase);
        if (Identity.UserName is not null && DistinguishedName.TryParse(Identity.UserName, out DistinguishedName? name))
            Name = name;
    }

    public Identity Identity { get; }

    /// <summary>Set when this is the <c>no_auth_user</c>.</summary>
    public Identity? NoAuthIdentity { get; }

    public string Password { get; }

    public bool ProxyRequired { get; }

    /// <summary>The user name read as a distinguished name, for certificates; null when it is none.</summary>
    public DistinguishedName? Name { get; }

    public bool Allows(string connectionType) => _connectionTypes is null || _connectionTypes.Contains(connectionType);
}
