using DotNats.Configuration.Binding;
using DotNats.Primitives;

namespace DotNats.Configuration.Validation;

/// <summary>Clusters and gateways: names, pools, and what the one says of the other.</summary>
internal static class ClusterRules
{
    public static void Check(NatsServerOptions options, List<string> errors)
    {
        if (options.Gateway is { } gateway && (gateway.Name is not null || gateway.Port != 0))
            CheckGateway(gateway, errors);
        if (options.Cluster is { } cluster)
            CheckCluster(cluster, options, errors);
        if (options.Gateway?.Name is { } name && options.Cluster?.Name is { } other && name != other)
            errors.Add("cluster name conflicts between cluster and gateway definitions");
    }

    private static void CheckGateway(GatewayOptions gateway, List<string> errors)
    {
        if (gateway.Name is not { } name)
        {
            errors.Add("gateway has no name");
            return;
        }
        if (name.Contains(' '))
            errors.Add("gateway name cannot contain spaces");
        if (gateway.Port == 0)
            errors.Add($"gateway {GoQuote.Quote(name)} has no port specified (select -1 for random port)");
        for (int i = 0; i < gateway.Gateways.Count; i++)
        {
            RemoteGatewayOptions remote = gateway.Gateways[i];
            if (remote.Name is null)
                errors.Add($"gateway in the list {i} has no name");
            else if (remote.Urls.Count == 0)
                errors.Add($"gateway {GoQuote.Quote(remote.Name)} has no URL");
        }
        errors.AddRange(PinRules.Check(gateway.Tls?.PinnedCertificates, $"gateway {GoQuote.Quote(name)}: "));
    }

    private static void CheckCluster(ClusterOptions cluster, NatsServerOptions options, List<string> errors)
    {
        if (cluster.Name?.Contains(' ') == true)
            errors.Add("cluster name cannot contain spaces");
        if (ClusterKeys.CheckSubjects(cluster.Import, cluster.Export) is { } subjects)
            errors.Add(subjects);
        if (CompressionRules.Check(cluster.Compression) is { } compression)
            errors.Add(compression);
        errors.AddRange(PinRules.Check(cluster.Tls?.PinnedCertificates, "cluster: "));
        CheckAccounts(cluster, options, errors);
    }

    private static void CheckAccounts(ClusterOptions cluster, NatsServerOptions options, List<string> errors)
    {
        if (cluster.Accounts.Count > 0 && cluster.PoolSize < 0)
            errors.Add("pool_size cannot be negative if pinned accounts are specified");
        string? system = options.SystemAccount ?? (options.NoSystemAccount ? null : "$SYS");
        bool addsSystem = system is not null && cluster is { Port: not 0, PoolSize: > 0 } && !cluster.Accounts.Contains(system);
        HashSet<string> seen = [];
        if (cluster.Accounts.FirstOrDefault(a => !seen.Add(a)) is not { } twice)
            return;
        IEnumerable<string> all = addsSystem ? cluster.Accounts.Append(system!) : cluster.Accounts;
        errors.Add($"found duplicate account name {GoQuote.Quote(twice)} in pinned accounts list {Language.GoText.Quote(all)}");
    }
}
