using static DotNats.Reload.ReloadRule;

namespace DotNats.Reload;

/// <summary>Every option of a server with what a reload makes of it, one line each.</summary>
// Source: the messages of nats-server 2.15.1, in its order. An option that stands nowhere here is taken over without a word.
internal static class ReloadRules
{
    public static ReadOnlySpan<ReloadRule> All => Table;

    private static readonly ReloadRule[] Table =
    [
        Fixed("ServerName", o => o.ServerName),
        Fixed("Host", o => o.Host),
        new(RefusePort, null),
        Hot("Reload: client_advertise = ", o => o.ClientAdvertise),
        Hot("Reloaded: trace = ", o => o.Logging.Trace),
        Hot("Reloaded: debug = ", o => o.Logging.Debug),
        Hot("Reloaded: trace_verbose = ", o => o.Logging.TraceVerbose),
        Hot("Reloaded: trace_headers = ", o => o.Logging.TraceHeaders),
        Fixed("NoSublistCache", o => o.DisableSubscriptionCache),
        Fixed("NoHeaderSupport", o => o.NoHeaderSupport),
        Hot("Reloaded: logtime = ", o => o.Logging.Timestamps),
        Hot("Reloaded: logtime_utc = ", o => o.Logging.UtcTimestamps),
        Hot("Reloaded: max_connections = ", o => o.Limits.MaxConnections),
        Fixed("MaxSubs", o => o.Limits.MaxSubscriptions),
        Fixed("MaxSubTokens", o => o.Limits.MaxSubscriptionTokens),
        // Compat: users and accounts are gone through at every reload, and that is said every time.
        new(null, (_, _) => "Reloaded: authorization users"),
        new(null, (_, _) => "Reloaded: accounts"),
        new(RefuseNoAuthUser, null),
        new(RefuseSystemAccount, null),
        Fixed("NoSystemAccount", o => o.NoSystemAccount),
        Silent("Reloaded: authorization username", o => o.Authorization.Username),
        Silent("Reloaded: authorization password", o => o.Authorization.Password),
        Fixed("ProxyRequired", o => o.Authorization.ProxyRequired),
        Fixed("ProxyProtocol", o => o.ProxyProtocol),
        Silent("Reloaded: authorization token", o => o.Authorization.Token),
        Hot("Reloaded: ping_interval = ", o => o.Timing.PingInterval),
        Hot("Reloaded: ping_max = ", o => o.Timing.MaxPingsOut),
        new(RefuseMonitoringHost, null),
        Fixed("HTTPPort", o => o.Monitoring.HttpPort ?? 0),
        Fixed("HTTPBasePath", o => o.Monitoring.BasePath),
        Fixed("HTTPSPort", o => o.Monitoring.HttpsPort ?? 0),
        Hot("Reloaded: authorization timeout = ", AuthorizationSeconds),
        Hot("Reloaded: max_control_line = ", o => o.Limits.MaxControlLineBytes),
        Hot("Reloaded: max_payload = ", o => o.Limits.MaxPayloadBytes),
        Fixed("MaxPending", o => o.Limits.MaxPendingBytes),
        new(null, (before, after) => before.NoFastProducerStall == after.NoFastProducerStall
            ? null : $"Reloaded: fast producers will {(after.NoFastProducerStall ? "not " : "")}be stalled"),
        Fixed("ProfPort", o => o.ProfilePort),
        Hot("Reloaded: prof_block_rate = ", o => o.ProfileBlockRate),
        Hot("Reloaded: pid_file = ", o => o.PidFile),
        Hot("Reloaded: ports_file_dir = ", o => o.PortsFileDirectory),
        Hot("Reloaded: log_file = ", o => o.Logging.File),
        Fixed("LogSizeLimit", o => o.Logging.FileSizeLimitBytes),
        Fixed("LogMaxFiles", o => o.Logging.MaxFiles),
        Hot("Reloaded: syslog = ", o => o.Logging.Syslog),
        Hot("Reloaded: remote_syslog = ", o => o.Logging.RemoteSyslog),
        .. TlsReloadRules.All,
        Fixed("AllowNonTLS", o => o.AllowNonTls),
        Hot("Reloaded: write_deadline = ", o => o.Timing.WriteDeadline),
        Fixed("WriteTimeout", o => o.WriteTimeout),
        Fixed("MaxClosedClients", o => o.Limits.MaxClosedClients),
        Fixed("LameDuckDuration", o => o.LameDuck.Duration),
        Fixed("LameDuckGracePeriod", o => o.LameDuck.GracePeriod),
        Hot("Reloaded: max_traced_msg_len = ", o => o.Limits.MaxTracedMessageBytes),
        Hot("Reloaded: connect_error_reports = ", o => o.Logging.ConnectErrorReports),
        Hot("Reloaded: reconnect_error_reports = ", o => o.Logging.ReconnectErrorReports),
        Silent("Reloaded: tags", o => o.ServerTags),
        Silent("Reloaded: metadata", o => o.ServerMetadata),
        Fixed("FeatureFlags", o => o.FeatureFlags),
    ];

    // A free port once taken is kept; asking for one again changes nothing.
    private static string? RefusePort(NatsServerOptions before, NatsServerOptions after) =>
        after.Port is -1 or 0 || before.Port == after.Port ? null : Unsupported("Port", before.Port, after.Port);

    // Where none is configured it is the client listener's, which has its own line.
    private static string? RefuseMonitoringHost(NatsServerOptions before, NatsServerOptions after)
    {
        if (before.Monitoring.Host is null && after.Monitoring.Host is null) return null;
        (string old, string now) = (before.Monitoring.Host ?? before.Host, after.Monitoring.Host ?? after.Host);
        return old == now ? null : Unsupported("HTTPHost", old, now);
    }

    // Compat: it may only go together with the user it names.
    private static string? RefuseNoAuthUser(NatsServerOptions before, NatsServerOptions after)
    {
        if (OptionValue.Same(before.NoAuthUser, after.NoAuthUser)) return null;
        bool removed = after.NoAuthUser is null or "";
        bool userStays = after.Authorization.Users.Concat(after.Accounts.SelectMany(account => account.Users)).Any(user => user.Username == before.NoAuthUser);
        return removed && !userStays ? null : Unsupported("NoAuthUser", before.NoAuthUser, after.NoAuthUser);
    }

    private static string? RefuseSystemAccount(NatsServerOptions before, NatsServerOptions after)
    {
        bool same = OptionValue.Same(before.SystemAccount, after.SystemAccount);
        bool toDefault = before.SystemAccount == "$SYS" && after.SystemAccount is null or "";
        return same || toDefault ? null : Unsupported("SystemAccount", before.SystemAccount, after.SystemAccount);
    }

    // Seconds; by default two, or one more than the TLS handshake may take.
    private static object? AuthorizationSeconds(NatsServerOptions options) =>
        (options.Authorization.Timeout ?? (options.Tls is { } tls ? tls.Timeout + TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(2))).TotalSeconds;
}
