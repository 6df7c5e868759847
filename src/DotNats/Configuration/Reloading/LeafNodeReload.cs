using DotNats.Configuration.Validation;
using static DotNats.Configuration.Reloading.OptionField;

namespace DotNats.Configuration.Reloading;

/// <summary>Leaf nodes: remotes come and go, and some of each may change.</summary>
internal static class LeafNodeReload
{
    private static readonly SectionMembers<LeafNodeOptions> Members = new SectionMembers<LeafNodeOptions>("leafnodes", "LeafNode")
        .Add("Host", o => o.Port == 0 ? "" : o.Host)
        .Add("Port", o => o.Port)
        .AddSecret("Username", o => o.Username)
        .AddSecret("Password", o => o.Password)
        .Add("ProxyRequired", o => o.ProxyRequired)
        .Add("Nkey", o => o.NKey)
        .Add("Account", o => o.Account)
        .Add("AuthTimeout", o => o.AuthTimeout?.TotalSeconds)
        .Add("TLSTimeout", o => o.Tls?.Timeout.TotalSeconds)
        .Add("TLSMap", o => o.Tls?.MapToUser ?? false)
        .Add("TLSPinnedCerts", o => o.Tls?.PinnedCertificates)
        .Add("Advertise", o => o.Advertise)
        .Add("NoAdvertise", o => o.NoAdvertise)
        .Add("ReconnectInterval", o => o.ReconnectInterval)
        .Add("WriteDeadline", o => o.WriteDeadline ?? TimeSpan.Zero)
        .Add("WriteTimeout", o => o.WriteTimeout)
        .Add("MinVersion", o => o.MinVersion)
        .Add("IsolateLeafnodeInterest", o => o.IsolateInterest)
        .Add("DialTimeout", o => o.DialTimeout ?? TimeSpan.Zero);

    // URLs, account and credentials are a remote's name: with others it is another remote.
    private static readonly SectionMembers<LeafNodeRemoteOptions> RemoteMembers = new SectionMembers<LeafNodeRemoteOptions>("leafnodes", "LeafNode")
        .Add("NoRandomize", o => o.NoRandomize)
        .Add("TLSTimeout", o => o.Tls?.Timeout.TotalSeconds)
        .Add("Hub", o => o.Hub)
        .Add("DenyImports", o => o.DenyImports)
        .Add("DenyExports", o => o.DenyExports)
        .Add("FirstInfoTimeout", o => o.FirstInfoTimeout)
        .Add("DialTimeout", o => o.DialTimeout ?? TimeSpan.Zero)
        .Add("Websocket", o => (o.WebSocketCompression, o.WebSocketNoMasking))
        .AddSecret("Proxy", o => o.Proxy)
        .Add("JetStreamClusterMigrate", o => o.JetStreamClusterMigrate)
        .Add("JetStreamClusterMigrateDelay", o => o.JetStreamClusterMigrateDelay)
        .Add("LocalIsolation", o => o.LocalIsolation)
        .Add("RequestIsolation", o => o.RequestIsolation)
        .Add("IgnoreDiscoveredServers", o => o.IgnoreDiscoveredServers);

    public static IEnumerable<OptionChange> Compare(NatsServerOptions before, NatsServerOptions after)
    {
        LeafNodeOptions old = before.LeafNodes ?? new LeafNodeOptions();
        LeafNodeOptions now = after.LeafNodes ?? new LeafNodeOptions();
        now = now.Port == -1 ? now with { Port = old.Port } : now;
        if (UsersChanged(old, now))
        {
            yield return Refuse("leafnodes", "config reload not supported for LeafNode: field \"Users\": "
                + $"old={Print(old.Users.Select(u => u.Username))}, new={Print(now.Users.Select(u => u.Username))}");
        }
        foreach (OptionChange change in Members.Compare(old, now).Concat(Remotes(old, now)))
            yield return change;
        if (old.Tls?.HandshakeFirst != now.Tls?.HandshakeFirst)
            yield return Apply("leafnodes", $"Reloaded: LeafNode TLS HandshakeFirst value is: {Print(now.Tls?.HandshakeFirst ?? false)}");
        if (!Equals(old.Compression, now.Compression))
            yield return Apply("leafnodes", $"Reloaded: LeafNode Compression value is: {Print(now.Compression ?? new CompressionOptions { Mode = "s2_auto" })}");
        if (!Equals(old.Tls, now.Tls))
            yield return Apply("leafnodes", "Reloaded: LeafNode TLS");
    }

    private static bool UsersChanged(LeafNodeOptions before, LeafNodeOptions after) =>
        !before.Users.OrderBy(u => u.Username, StringComparer.Ordinal).SequenceEqual(after.Users.OrderBy(u => u.Username, StringComparer.Ordinal));

    private static IEnumerable<OptionChange> Remotes(LeafNodeOptions before, LeafNodeOptions after)
    {
        Dictionary<string, LeafNodeRemoteOptions> added = after.Remotes.DistinctBy(Name).ToDictionary(Name);
        foreach (LeafNodeRemoteOptions old in before.Remotes)
        {
            string shown = $"Remote {LeafNodeRules.NameOf(old, redacted: true)}";
            if (!added.Remove(Name(old), out LeafNodeRemoteOptions? now))
            {
                yield return Apply("leafnodes", $"Reloaded: LeafNode {shown} removed");
                continue;
            }
            foreach (OptionChange change in RemoteMembers.Compare(old, now, $"remote {LeafNodeRules.NameOf(old, redacted: true)}: "))
                yield return change;
            if (old.Tls?.HandshakeFirst != now.Tls?.HandshakeFirst)
                yield return Apply("leafnodes", $"Reloaded: LeafNode {shown} TLS HandshakeFirst value is: {Print(now.Tls?.HandshakeFirst ?? false)}");
            if (!Equals(old.Compression, now.Compression))
                yield return Apply("leafnodes", $"Reloaded: LeafNode {shown} Compression value is: {Print(now.Compression ?? new CompressionOptions { Mode = "s2_auto" })}");
            if (old.Disabled != now.Disabled)
                yield return Apply("leafnodes", $"Reloaded: LeafNode {shown} Disabled value is: {Print(now.Disabled)}");
            if (!Equals(old.Tls, now.Tls))
                yield return Apply("leafnodes", $"Reloaded: LeafNode {shown} TLS");
        }
        foreach (LeafNodeRemoteOptions remote in added.Values)
            yield return Apply("leafnodes", $"Reloaded: LeafNode Remote {LeafNodeRules.NameOf(remote, redacted: true)} added");

        static string Name(LeafNodeRemoteOptions remote) => LeafNodeRules.NameOf(remote, redacted: false);
    }
}
