using System.Text;
using DotNats.Security;

namespace DotNats.Mqtt.Service;

/// <summary>Whether the users of a configuration may publish what they once had retained. Immutable.</summary>
internal sealed class RetainedRights
{
    private readonly Dictionary<string, CompiledPermissions?> _users = new(StringComparer.Ordinal);

    public RetainedRights(NatsServerOptions options)
    {
        Add(options.Authorization.Users, options.Authorization.DefaultPermissions);
        foreach (AccountOptions account in options.Accounts) Add(account.Users, account.DefaultPermissions);
    }

    /// <summary>Users may have come, gone or been given other permissions.</summary>
    public static bool HaveChanged(NatsServerOptions before, NatsServerOptions now) =>
        before.Authorization != now.Authorization || !before.Accounts.SequenceEqual(now.Accounts) || before.NoAuthUser != now.NoAuthUser;

    /// <summary>Compat: nobody who is in no list may, so what single users and JWT users had retained goes with the next change.</summary>
    public bool MayPublish(string user, string subject) =>
        _users.TryGetValue(user, out CompiledPermissions? permissions) && permissions?.CanPublish(Encoding.UTF8.GetBytes(subject)) != false;

    private void Add(IReadOnlyList<UserOptions> users, PermissionSet? defaults)
    {
        foreach (UserOptions user in users)
        {
            if (user.Username is { } name) _users[name] = CompiledPermissions.Compile(user.Permissions ?? defaults);
        }
    }
}
