using DotNats.Security;

namespace DotNats.Server.Authentication;

/// <summary>The users and nkeys of one configuration, by name. Immutable.</summary>
internal sealed class UserDirectory
{
    private const string GlobalAccount = "$G";
    private const string DefaultSystemAccount = "$SYS";

    private readonly Dictionary<string, ConfiguredUser> _users;
    private readonly Dictionary<string, ConfiguredUser> _nkeys = new(StringComparer.Ordinal);

    /// <param name="terms">Whose clients look for their users here.</param>
    /// <param name="implicitUserName">
    /// Name of the implied <c>no_auth_user</c> of the configuration before, so that its clients survive a reload; null makes a new one.
    /// </param>
    public UserDirectory(NatsServerOptions options, LoginTerms terms, string? implicitUserName)
    {
        // At once as large as it will be: growing copies.
        _users = new Dictionary<string, ConfiguredUser>(options.Authorization.Users.Count + options.Accounts.Sum(static account => account.Users.Count), StringComparer.Ordinal);
        NoAuthUserName = string.IsNullOrEmpty(terms.NoAuthUser) ? null : terms.NoAuthUser;
        if (NoAuthUserName is null && !terms.IsOwn && OnlySystemAccountIsConfigured(options))
        {
            ImplicitUserName = NoAuthUserName = implicitUserName ?? "nats-" + Guid.NewGuid().ToString("N")[..8];
            Add(new UserOptions { Username = ImplicitUserName, Password = ImplicitUserName }, GlobalAccount, null);
        }

        foreach (UserOptions user in options.Authorization.Users)
            Add(user, GlobalAccount, options.Authorization.DefaultPermissions);
        foreach (AccountOptions account in options.Accounts)
        {
            foreach (UserOptions user in account.Users)
                Add(user, account.Name, account.DefaultPermissions);
        }
    }

    public bool HasUsers => _users.Count > 0;

    public bool HasNKeys => _nkeys.Count > 0;

    public IReadOnlyCollection<ConfiguredUser> Users => _users.Values;

    /// <summary>Configured or implied <c>no_auth_user</c>, or null.</summary>
    public string? NoAuthUserName { get; }

    /// <summary>Set when the <c>no_auth_user</c> is implied.</summary>
    public string? ImplicitUserName { get; }

    public ConfiguredUser? FindUser(string name) => _users.GetValueOrDefault(name);

    public ConfiguredUser? FindNKey(string publicKey) => _nkeys.GetValueOrDefault(publicKey);

    // Who configures nothing but users of the system account means to protect that, not to lock everybody out of $G: nats-server then lets
    // clients without credentials into $G, although its INFO still says auth_required.
    private static bool OnlySystemAccountIsConfigured(NatsServerOptions options) =>
        options.Accounts.Count == 1 && options.Accounts[0].Name == (options.SystemAccount ?? DefaultSystemAccount)
        && options.Authorization == new AuthorizationOptions { Users = options.Authorization.Users } && options.Authorization.Users.Count == 0;

    private void Add(UserOptions options, string account, PermissionSet? defaultPermissions)
    {
        string name = options.NKey ?? options.Username ?? "";
        ConfiguredUser user = new(options, account, defaultPermissions, name == NoAuthUserName);
        (options.NKey is null ? _users : _nkeys)[name] = user;
    }
}
