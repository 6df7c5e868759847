using DotNats.Configuration.Validation;
using static DotNats.Configuration.Reloading.OptionField;

namespace DotNats.Configuration.Reloading;

/// <summary>Clusters and gateways.</summary>
internal static class LinkRules
{
    private static readonly SectionMembers<GatewayOptions> GatewayMembers = new SectionMembers<GatewayOptions>("gateway", "Gateway")
        .Add("Name", o => o.Name)
        .Add("Host", o => o.Port == 0 ? "" : o.Host)
        .Add("Port", o => o.Port)
        .AddSecret("Username", o => o.Username)
        .AddSecret("Password", o => o.Password)
        .Add("AuthTimeout", o => o.AuthTimeout?.TotalSeconds)
        .Add("TLSTimeout", o => o.Tls?.Timeout.TotalSeconds)
        .Add("TLSMap", o => o.Tls?.MapToUser ?? false)
        .Add("TLSCheckKnownURLs", o => o.Tls?.CheckKnownUrls ?? false)
        .Add("Advertise", o => o.Advertise)
        .Add("ConnectRetries", o => o.ConnectRetries)
        .Add("ConnectBackoff", o => o.ConnectBackoff)
        .Add("Gateways", o => new OptionList<RemoteGatewayOptions>(o.Gateways.OrderBy(g => g.Name, StringComparer.Ordinal).Select(g => g with { Tls = null })))
        .Add("RejectUnknown", o => o.RejectUnknownCluster)
        .Add("WriteDeadline", o => o.WriteDeadline ?? TimeSpan.Zero)
        .Add("WriteTimeout", o => o.WriteTimeout);

    // The name is kept from the start, so a changed one could only mislead.
    public static IEnumerable<OptionChange> Cluster(NatsServerOptions before, NatsServerOptions after)
    {
        ClusterOptions old = before.Cluster ?? new ClusterOptions();
        ClusterOptions now = after.Cluster ?? new ClusterOptions();
        now = now.Port == -1 ? now with { Port = old.Port } : now;
        string oldHost = old.Port == 0 ? "" : old.Host;
        string newHost = now.Port == 0 ? "" : now.Host;
        if (oldHost != newHost)
            yield return Refuse("cluster", "cluster host", oldHost, newHost);
        if (old.Port != now.Port)
            yield return Refuse("cluster", "cluster port", old.Port, now.Port);
        if (old.Name is not null && now.Name is not null && old.Name != now.Name)
            yield return Refuse("cluster", "cluster name", old.Name, now.Name);
        if (now.Advertise is { Length: > 0 } address && Address.Check(address) is { } reason)
            yield return Refuse("cluster", $"invalid Cluster.Advertise value of {address}, err={reason}");
        if (!Equals(old with { Routes = [] }, now with { Routes = [] }))
            yield return Apply("cluster", "Reloaded: cluster");
    }

    public static IEnumerable<OptionChange> Routes(NatsServerOptions before, NatsServerOptions after)
    {
        if (!(before.Cluster?.Routes ?? []).ToHashSet().SetEquals(after.Cluster?.Routes ?? []))
            yield return Apply("cluster", "Reloaded: cluster routes");
    }

    // Certificates may change, nothing else.
    public static IEnumerable<OptionChange> Gateway(NatsServerOptions before, NatsServerOptions after)
    {
        GatewayOptions old = before.Gateway ?? new GatewayOptions();
        GatewayOptions now = after.Gateway ?? new GatewayOptions();
        now = now.Port == -1 ? now with { Port = old.Port } : now;
        OptionChange[] refused = [.. GatewayMembers.Compare(old, now)];
        foreach (OptionChange change in refused)
            yield return change;
        if (refused.Length == 0 && !Equals(old, now))
            yield return Apply("gateway", "Reloaded: gateway tls");
    }
}
