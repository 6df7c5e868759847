using System.Globalization;
using DotNats.Configuration.Validation;
using static DotNats.Configuration.Reloading.OptionField;

namespace DotNats.Configuration.Reloading;

/// <summary>Top-level options whose change depends on more than the value.</summary>
internal static class ServerRules
{
    public static IEnumerable<OptionChange> Port(NatsServerOptions before, NatsServerOptions after)
    {
        if (after.Port > 0 && after.Port != before.Port)
            yield return Refuse("port", "Port", before.Port, after.Port);
    }

    public static IEnumerable<OptionChange> ClientAdvertise(NatsServerOptions before, NatsServerOptions after)
    {
        if (before.ClientAdvertise == after.ClientAdvertise)
            yield break;
        string address = after.ClientAdvertise ?? "";
        // Compat: this one line says Reload, not Reloaded.
        yield return address.Length > 0 && Address.Check(address) is { } reason
            ? Refuse("client_advertise", $"invalid ClientAdvertise value of {address}, err={reason}")
            : Apply("client_advertise", $"Reload: client_advertise = {address}");
    }

    public static IEnumerable<OptionChange> Users(NatsServerOptions before, NatsServerOptions after)
    {
        (UserOptions[] oldUsers, UserOptions[] newUsers) = (AllUsers(before), AllUsers(after));
        bool sameDefaults = Equals(before.Authorization.DefaultPermissions, after.Authorization.DefaultPermissions);
        if (!Same(oldUsers, newUsers, isNKey: false) || !sameDefaults)
            yield return Apply("authorization", "Reloaded: authorization users");
        if (!Same(oldUsers, newUsers, isNKey: true) || !sameDefaults)
            yield return Apply("authorization", "Reloaded: authorization nkey users");
    }

    public static IEnumerable<OptionChange> Accounts(NatsServerOptions before, NatsServerOptions after)
    {
        if (!Equals(before.Accounts, after.Accounts))
            yield return Apply("accounts", "Reloaded: accounts");
        if (!Equals(before.Mappings, after.Mappings))
            yield return Apply("mappings", "Reloaded: accounts");
    }

    // It may go, but only with the user it names: clients that came in as that user must not stay.
    public static IEnumerable<OptionChange> NoAuthUser(NatsServerOptions before, NatsServerOptions after)
    {
        if (before.NoAuthUser == after.NoAuthUser)
            yield break;
        bool goesWithUser = before.NoAuthUser is not null && after.NoAuthUser is null
            && !AllUsers(after).Any(u => u.NKey is null && u.Username == before.NoAuthUser);
        yield return goesWithUser
            ? Apply("no_auth_user", "Reloaded: no_auth_user removed")
            : Refuse("no_auth_user", "NoAuthUser", before.NoAuthUser, after.NoAuthUser);
    }

    public static IEnumerable<OptionChange> SystemAccount(NatsServerOptions before, NatsServerOptions after)
    {
        // An account named $SYS is the system account once the server runs, whether or not the file called it so.
        string? old = before.SystemAccount ?? (before.Accounts.Any(a => a.Name == "$SYS") ? "$SYS" : null);
        string? now = after.SystemAccount;
        if (old == now)
            yield break;
        yield return old == "$SYS" && now is null
            ? Apply("system_account", "Reloaded: accounts")
            : Refuse("system_account", "SystemAccount", old, now);
    }

    public static IEnumerable<OptionChange> AuthCallout(NatsServerOptions before, NatsServerOptions after)
    {
        (AuthCalloutOptions? old, AuthCalloutOptions? now) = (before.Authorization.AuthCallout, after.Authorization.AuthCallout);
        if (!Equals(old, now))
            yield return Refuse("authorization", "AuthCallout", Show(old), Show(now));

        static string Show(AuthCalloutOptions? o) =>
            o is null ? "<nil>" : $"&{{{o.Issuer} {o.Account} {Print(o.AuthUsers)} {o.XKey} {Print(o.AllowedAccounts)}}}";
    }

    /// <summary>The time a client has, defaults filled in.</summary>
    public static double AuthTimeoutSeconds(NatsServerOptions options) =>
        options.Authorization.Timeout?.TotalSeconds ?? (options.Tls is { } tls ? tls.Timeout.TotalSeconds + 1 : 2);

    public static IEnumerable<OptionChange> Tls(NatsServerOptions before, NatsServerOptions after)
    {
        (TlsOptions? old, TlsOptions? now) = (before.Tls, after.Tls);
        if (old is null && now is null)
            yield break;
        TlsOptions from = old ?? new TlsOptions();
        TlsOptions to = now ?? new TlsOptions();
        if (from.Timeout != to.Timeout)
            yield return Apply("tls", string.Create(CultureInfo.InvariantCulture, $"Reloaded: tls timeout = {to.Timeout.TotalSeconds}"));
        if (from.MapToUser != to.MapToUser)
            yield return Refuse("tls", "TLSMap", from.MapToUser, to.MapToUser);
        if (old is null != now is null || !Equals(Material(from), Material(to)))
            yield return Apply("tls", $"Reloaded: tls = {(now is null ? "disabled" : "enabled")}");
        if (from.ConnectionRateLimit != to.ConnectionRateLimit)
            yield return Refuse("tls", "TLSRateLimit", from.ConnectionRateLimit, to.ConnectionRateLimit);
        if (!Equals(from.PinnedCertificates, to.PinnedCertificates))
            yield return Apply("tls", $"Reloaded: {to.PinnedCertificates?.Count ?? 0} pinned_certs");
        if (from.HandshakeFirst != to.HandshakeFirst)
            yield return Apply("tls", $"Reloaded: Client TLS handshake first: {Print(to.HandshakeFirst)}");
        if (from.HandshakeFirstFallback != to.HandshakeFirstFallback)
            yield return Apply("tls", $"Reloaded: Client TLS handshake first fallback delay: {Print(to.HandshakeFirstFallback ?? TimeSpan.Zero)}");
    }

    /// <summary>The part that makes handshakes, contents of files included as far as known; the rest is reported on its own.</summary>
    private static TlsOptions Material(TlsOptions tls) => tls with
    {
        Timeout = default, MapToUser = false, ConnectionRateLimit = 0, PinnedCertificates = null, HandshakeFirst = false, HandshakeFirstFallback = null,
    };

    public static IEnumerable<OptionChange> Operators(NatsServerOptions before, NatsServerOptions after)
    {
        if (!Equals(before.Operators, after.Operators))
            yield return Refuse("operator", "TrustedOperators", before.Operators.Select(o => o.Subject), after.Operators.Select(o => o.Subject));
    }

    public static IEnumerable<OptionChange> Resolver(NatsServerOptions before, NatsServerOptions after)
    {
        if (before.Resolver is null != after.Resolver is null)
            yield return Refuse("resolver", "config reload does not support moving to or from an account resolver");
        else if (!Equals(before.Resolver, after.Resolver) || !Equals(before.ResolverTls, after.ResolverTls)
            || !Equals(before.ResolverPreload, after.ResolverPreload) || !Equals(before.ResolverPinnedAccounts, after.ResolverPinnedAccounts))
            yield return Apply("resolver", "Reloaded: accounts");
    }

    // Where none is configured it is the client listener's, which has its own line.
    public static IEnumerable<OptionChange> MonitoringHost(NatsServerOptions before, NatsServerOptions after)
    {
        if (before.Monitoring.Host is null && after.Monitoring.Host is null)
            yield break;
        (string old, string now) = (before.Monitoring.Host ?? before.Host, after.Monitoring.Host ?? after.Host);
        if (old != now)
            yield return Refuse("http", "HTTPHost", old, now);
    }

    public static IEnumerable<OptionChange> Proxies(NatsServerOptions before, NatsServerOptions after)
    {
        IReadOnlyList<string> old = before.Proxies?.TrustedKeys ?? [];
        IReadOnlyList<string> now = after.Proxies?.TrustedKeys ?? [];
        string[] removed = [.. old.Except(now)];
        string[] added = [.. now.Except(old)];
        if (removed.Length > 0)
            yield return Apply("proxies", $"Reloaded: proxies trusted keys {Language.GoText.Quote(removed)} were removed");
        if (added.Length > 0)
            yield return Apply("proxies", $"Reloaded: proxies trusted keys {Language.GoText.Quote(added)} were added");
    }

    private static UserOptions[] AllUsers(NatsServerOptions options) => [.. options.Authorization.Users, .. options.Accounts.SelectMany(a => a.Users)];

    private static bool Same(UserOptions[] before, UserOptions[] after, bool isNKey) =>
        before.Where(u => u.NKey is not null == isNKey).SequenceEqual(after.Where(u => u.NKey is not null == isNKey));
}
