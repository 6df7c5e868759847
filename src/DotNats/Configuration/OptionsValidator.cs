using DotNats.Configuration.Accounts;
using DotNats.Configuration.Validation;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server.Authentication;

namespace DotNats.Configuration;

/// <summary>Checks what a server needs before it can start, whether its options come from a file or from code.</summary>
/// <remarks>
/// As in nats-server these are not errors of a file: <c>-t</c> does not look at them, for flags may still change the options. They come
/// in the order nats-server checks, which prints only the first.
/// </remarks>
public static class OptionsValidator
{
    /// <summary>Everything that keeps a server from starting with these options, in nats-server's words; empty when nothing does.</summary>
    /// <param name="files">Where certificates are; null for this machine's files.</param>
    public static IReadOnlyList<string> Validate(NatsServerOptions options, IConfigFileSystem? files = null)
    {
        List<string> errors = [.. ValidateWithoutFiles(options)];
        CheckTls(options, files ?? new PhysicalConfigFiles(), errors);
        return [.. errors.Distinct()];
    }

    /// <summary>As <see cref="Validate"/>, certificates aside: for who is going to load them and will see.</summary>
    internal static IReadOnlyList<string> ValidateWithoutFiles(NatsServerOptions options)
    {
        List<string> errors = [];
        CheckLimits(options, errors);
        OperatorRules.Check(options, errors);
        LeafNodeRules.Check(options, errors);
        CheckAuthentication(options, errors);
        ClusterRules.Check(options, errors);
        MqttRules.Check(options, errors);
        JetStreamRules.Check(options, errors);
        WebSocketRules.Check(options, errors);
        CheckAccounts(options, errors);
        CheckMonitoring(options, errors);
        return [.. errors.Distinct()];
    }

    private static void CheckLimits(NatsServerOptions options, List<string> errors)
    {
        LameDuckOptions lameDuck = options.LameDuck;
        if (lameDuck.Duration > TimeSpan.Zero && lameDuck.GracePeriod >= lameDuck.Duration)
        {
            errors.Add($"lame duck grace period ({GoDuration.Format(lameDuck.GracePeriod)}) should be strictly lower than "
                + $"lame duck duration ({GoDuration.Format(lameDuck.Duration)})");
        }
        if (options.Limits.MaxPayloadBytes > options.Limits.MaxPendingBytes)
            errors.Add($"max_payload ({options.Limits.MaxPayloadBytes}) cannot be higher than max_pending ({options.Limits.MaxPendingBytes})");
        if (options.ServerName?.Contains(' ') == true)
            errors.Add("server name cannot contain spaces");
        if (options.ClientAdvertise is { Length: > 0 } advertise && Address.Check(advertise) is { } reason)
            errors.Add($"Error setting server INFO with ClientAdvertise value of {advertise}, err={reason}");
    }

    private static void CheckAuthentication(NatsServerOptions options, List<string> errors)
    {
        AuthorizationOptions authorization = options.Authorization;
        bool hasUsers = authorization.Users.Count > 0 || options.Accounts.Any(a => a.Users.Count > 0);
        if ((authorization.Username ?? authorization.Password) is not null && authorization.Token is not null)
            errors.Add("Cannot have a user/pass and token");
        else if (hasUsers && authorization.Username is not null)
            errors.Add("Can not have a single user/pass and a users array");
        else if (hasUsers && authorization.Token is not null)
            errors.Add("Can not have a token and a users array");
        HashSet<string> names = [];
        foreach (UserOptions user in authorization.Users.Concat(options.Accounts.SelectMany(a => a.Users)))
        {
            string name = user.NKey ?? user.Username ?? "";
            if (!names.Add(name))
                errors.Add($"Duplicate {(user.NKey is null ? "user" : "nkey")} {GoQuote.Quote(name)} detected");
        }
        if (options.Tls is { } tls)
            errors.AddRange(PinRules.Check(tls.PinnedCertificates, prefix: ""));
        errors.AddRange(AuthenticationValidation.Validate(options));
        foreach (string key in (options.Proxies?.TrustedKeys ?? []).Where(k => !Binding.ProxyKeys.IsPublicKey(k)))
            errors.Add($"proxy trusted key {GoQuote.Quote(key)} is invalid");
    }

    private static void CheckAccounts(NatsServerOptions options, List<string> errors)
    {
        HashSet<string> names = [];
        foreach (AccountOptions account in options.Accounts)
        {
            if (account.Name == "$G")
                errors.Add("\"$G\" is a Reserved Account");
            if (!names.Add(account.Name))
                errors.Add($"Duplicate Account Entry: {account.Name}");
        }
        if (errors.Count == 0)
            errors.AddRange(SharingRules.Check(options.Accounts, !options.NoSystemAccount));
        foreach (SubjectMapping mapping in (options.Mappings ?? []).Concat(options.Accounts.SelectMany(a => a.Mappings)))
        {
            if (MappingRules.Check(mapping) is { } error)
                errors.Add($"Error adding mapping for {GoQuote.Quote(mapping.Source)} : {error}");
        }
        if (options.SystemAccount is { } system && options.Operators.Count == 0 && !names.Contains(system))
            errors.Add("error resolving system account: account missing");
    }

    private static void CheckMonitoring(NatsServerOptions options, List<string> errors)
    {
        MonitoringOptions monitoring = options.Monitoring;
        if (monitoring is { HttpPort: not null, HttpsPort: not null })
            errors.Add($"Can't start monitoring: can't specify both HTTP ({monitoring.HttpPort}) and HTTPs ({monitoring.HttpsPort}) ports");
        else if (monitoring.HttpsPort is not null && options.Tls is null)
            errors.Add("Can't start monitoring: TLS cert and key required for HTTPS");
    }

    private static void CheckTls(NatsServerOptions options, IConfigFileSystem files, List<string> errors)
    {
        IEnumerable<TlsOptions?> sections =
        [
            options.Tls,
            options.Cluster?.Tls,
            options.Gateway?.Tls,
            .. (options.Gateway?.Gateways ?? []).Select(g => g.Tls),
            options.LeafNodes?.Tls,
            .. (options.LeafNodes?.Remotes ?? []).Select(r => r.Tls),
            options.WebSocket?.Tls,
            options.Mqtt?.Tls,
            options.ResolverTls,
        ];
        foreach (TlsOptions section in sections.OfType<TlsOptions>())
        {
            if (TlsFiles.Check(section, files) is { } error)
                errors.Add(error);
        }
    }
}
