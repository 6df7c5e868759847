using DotNats.Security;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;

namespace DotNats.Server.Accounts;

/// <summary>Brings those who are connected in line with new claims of their account.</summary>
// Owner: OperatorAccounts runs it after an update; a login runs it for itself when claims were replaced while it was judged.
internal sealed class MemberReview(ServerCore server)
{
    /// <summary>Goes through the account's clients, the oldest first: over a limit the newest go.</summary>
    public void Run(Account account, ClaimedAccount before)
    {
        if (account.Claims is not { } now) return;
        int kept = 0;
        foreach (MemberSession client in MembersOf(account))
        {
            if (now.IsExpired) client.Login.EndClaims("Account Authentication Expired", CloseReason.AuthenticationExpired);
            else if (account.Limits.MaxConnections is var most and >= 0 && kept++ >= most) client.Login.RefuseAccount();
            else Review(client, before, now);
        }
    }

    /// <summary>One client: new limits and default permissions, then whether it may stay.</summary>
    // Compat: who is signed by a key that no longer may, or whose scope changed, is closed without a word.
    public void Review(MemberSession client, ClaimedAccount before, ClaimedAccount now)
    {
        client.ApplyOptions(server.Options);
        SubscriptionSurplus.Check(client);
        if (client.Login.Identity is not { Claims: { } claims } identity) return;
        if (identity.HasAccountPermissions && !SamePermissions(before, now)) client.Login.Renew(identity.WithPermissions(UserIdentities.Compile(now.DefaultPermissions)));
        if (now.Claims.Limits.DisallowBearer && claims.Limits.BearerToken && identity.Jwt is not null) client.Login.EndClaims("Bearer User JWT not allowed");
        else if (now.IsRevoked(claims) || (now.Claims.Revocations.Count > 0 && claims.IssuedAtSeconds == 0))
            client.Login.EndClaims("User Authentication Revoked", CloseReason.CredentialsRevoked);
        else if (identity.SigningKey is { } key && !SameSigner(key, before, now)) client.Connection.Close(CloseReason.AuthenticationViolation);
    }

    private MemberSession[] MembersOf(Account account) =>
    [
        .. server.Connections.All.Select(static open => open.Session).OfType<MemberSession>()
            .Where(client => ReferenceEquals(client.Account, account)).OrderBy(static client => client.Connection.Id),
    ];

    private static bool SameSigner(string key, ClaimedAccount before, ClaimedAccount now)
    {
        if (!now.TryFindSigner(key, out UserScopeClaim? scope)) return false;
        before.TryFindSigner(key, out UserScopeClaim? earlier);
        return scope is null ? earlier is null : earlier is not null && AsText(scope) == AsText(earlier);
    }

    private static bool SamePermissions(ClaimedAccount before, ClaimedAccount now) => AsText(before.DefaultPermissions) == AsText(now.DefaultPermissions);

    // Records compare their lists by reference: claims that say the same are compared by what they say.
    private static string AsText(UserScopeClaim scope)
    {
        UserLimitsClaim limits = scope.Template;
        string lists = string.Join('\n', AsText(limits.Permissions), List(limits.Sources), List(limits.AllowedConnectionTypes));
        string times = limits.Times is null ? "" : string.Join(',', limits.Times.Select(static range => range.ToString()));
        UserScopeClaim plain = scope with { Template = limits with { Permissions = new PermissionSet(), Sources = null, AllowedConnectionTypes = null, Times = null } };
        return $"{plain.Key}\n{plain.Role}\n{plain.Description}\n{plain.Template}\n{lists}\n{times}";
    }

    private static string AsText(PermissionSet? permissions) => permissions is null
        ? ""
        : $"{List(permissions.Publish?.Allow)}\n{List(permissions.Publish?.Deny)}\n{List(permissions.Subscribe?.Allow)}\n{List(permissions.Subscribe?.Deny)}\n{permissions.Responses}";

    private static string List(IReadOnlyList<string>? list) => list is null ? "-" : string.Join(',', list);
}
