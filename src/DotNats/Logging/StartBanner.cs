using System.Text;
using DotNats.Server;
using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>The lines a server logs before it opens its listeners, in nats-server's words and order.</summary>
internal static partial class StartBanner
{
    // Above this nats-server advises against larger messages.
    private const int LargestAdvisedPayloadBytes = 8 * 1024 * 1024;

    /// <summary>Logs who is starting, with what configuration, and what in it deserves a warning.</summary>
    public static void Log(ILogger logger, NatsServerOptions options, string serverId, string serverName)
    {
        LogStarting(logger);
        LogVersion(logger, ServerVersion.Compatible);
        LogProduct(logger, ServerVersion.Own);
        LogGit(logger);
        LogRuntime(logger, ServerVersion.Runtime);
        LogName(logger, serverName);
        LogId(logger, serverId);
        if (options.FeatureFlags.Count > 0) LogFlags(logger, options.FeatureFlags);
        if (HasPlainPasswords(options)) LogPlainPasswords(logger);
        if (options.ConfigFile is { } file) LogConfigFile(logger, file, options.ConfigDigest is { } digest ? $"({digest})" : "");
        OperatorBanner.Log(logger, options);
        if (options.Limits.MaxPayloadBytes > LargestAdvisedPayloadBytes) LogLargePayload(logger);
    }

    private static void LogFlags(ILogger logger, IReadOnlyDictionary<string, bool> flags)
    {
        StringBuilder configured = new();
        StringBuilder unsupported = new();
        foreach ((string name, bool on) in flags.OrderBy(flag => flag.Key, StringComparer.Ordinal))
        {
            if (FlagState(name, on) is { } state)
                configured.Append(configured.Length > 0 ? ", " : "").Append(name).Append(" (").Append(state).Append(')');
            else
                unsupported.Append(unsupported.Length > 0 ? ", " : "").Append(name);
        }
        LogFeatureFlags(logger);
        LogConfiguredFlags(logger, configured.Length > 0 ? configured.ToString() : "none");
        if (unsupported.Length > 0) LogUnsupportedFlags(logger, unsupported.ToString());
    }

    // Source: what nats-server 2.15.1 prints for each flag set and unset; null for flags it does not know.
    private static string? FlagState(string name, bool on) => name switch
    {
        "js_raft_delete_range" => on ? "enabled" : "opt-out",
        "js_ack_fc_v2" or "js_api_reply_v2" or "js_snapshot_sources" => on ? "opt-in" : "disabled",
        _ => null,
    };

    private static bool HasPlainPasswords(NatsServerOptions options) =>
        IsPlain(options.Authorization.Password)
        || HasPlainPasswords(options.Authorization.Users, options)
        || options.Accounts.Any(account => HasPlainPasswords(account.Users, options));

    private static bool HasPlainPasswords(IReadOnlyList<UserOptions> users, NatsServerOptions options) =>
        users.Any(user => user.NKey is null && (user.Password is null ? options.Tls is not { MapToUser: true } : IsPlain(user.Password)));

    private static bool IsPlain(string? password) => password is { Length: > 0 } && !password.StartsWith("$2", StringComparison.Ordinal);
}
