using DotNats.Configuration.Binding;
using DotNats.Configuration.Language;
using DotNats.Security;

namespace DotNats.Configuration.Validation;

/// <summary>What must hold for leaf nodes, whether they come from a file or from code.</summary>
internal static class LeafNodeRules
{
    public static void Check(NatsServerOptions options, List<string> errors)
    {
        if (options.LeafNodes is not { } leaf)
            return;
        if (LeafNodeKeys.CheckUsers(leaf) is { } users)
            errors.Add(users);
        CheckNames(leaf, errors);
        if (options.Operators.Count == 0)
            CheckAccounts(options, leaf, errors);
        else
            CheckOperatorMode(leaf, errors);
        if (CompressionRules.Check(leaf.Compression) is { } compression)
            errors.Add(compression);
        foreach (LeafNodeRemoteOptions remote in leaf.Remotes)
            CheckRemote(remote, errors);
        if (leaf.Port == 0)
            return;
        if (leaf.MinVersion is { } version && SemanticVersion.CheckLeafNode(version) is { } old)
            errors.Add(old);
        bool hasGateway = options.Gateway is { } gateway && (gateway.Name is not null || gateway.Port != 0);
        if (hasGateway && options.SystemAccount is null)
            errors.Add("leaf nodes and gateways (both being defined) require a system account to also be configured");
        errors.AddRange(PinRules.Check(leaf.Tls?.PinnedCertificates, "leafnode: "));
    }

    /// <summary>How messages name a remote; two with the same name cannot be told apart.</summary>
    public static string NameOf(LeafNodeRemoteOptions remote, bool redacted)
    {
        string urls = GoText.Quote(remote.Urls.Select(u => redacted ? u.Redacted : u.Text));
        string credentials = remote.CredentialsFile is { } file ? $", credentials={GoText.Quote(file)}"
            : remote.Seed is { } seed ? $", nkey={GoText.Quote(redacted ? "[REDACTED]" : seed)}"
            : "";
        return $"urls={urls}, account={GoText.Quote(remote.Account ?? "$G")}{credentials}";
    }

    private static void CheckNames(LeafNodeOptions leaf, List<string> errors)
    {
        HashSet<string> names = [];
        foreach (LeafNodeRemoteOptions remote in leaf.Remotes)
        {
            string shown = NameOf(remote, redacted: true);
            if (Permissions.CheckSubjects(remote.DenyImports, allowQueue: false) is { } imports)
                errors.Add($"invalid deny_imports for remote {shown}: {imports}");
            if (Permissions.CheckSubjects(remote.DenyExports, allowQueue: false) is { } exports)
                errors.Add($"invalid deny_exports for remote {shown}: {exports}");
            if (!names.Add(NameOf(remote, redacted: false)))
                errors.Add($"duplicate remote {shown}");
        }
    }

    private static void CheckAccounts(NatsServerOptions options, LeafNodeOptions leaf, List<string> errors)
    {
        HashSet<string> known = [.. options.Accounts.Select(a => a.Name), "$G", ""];
        if (options.SystemAccount is null && !options.NoSystemAccount)
            known.Add("$SYS");
        IEnumerable<(string Name, string Where)> used =
        [
            (leaf.Account ?? "", "authorization"),
            .. leaf.Users.Select(u => (u.Account ?? "", "authorization")),
            .. leaf.Remotes.Select(r => (r.Account ?? "", "remote")),
        ];
        foreach ((string name, string where) in used.Where(u => !known.Contains(u.Name)))
            errors.Add($"cannot find local account {GoText.Quote(name)} specified in leafnode {where}");
    }

    private static void CheckOperatorMode(LeafNodeOptions leaf, List<string> errors)
    {
        if (leaf.Users.Count > 0)
            errors.Add("operator mode does not allow specifying users in leafnode config");
        if (leaf.Remotes.Any(r => r.Account is null || !NKey.IsPublicKey(r.Account, NKeyKind.Account)))
        {
            errors.Add("operator mode requires account nkeys in remotes. Please add an `account` key to each remote in your `leafnodes` section, "
                + "to assign it to an account. Each account value should be a 56 character public key, starting with the letter 'A'");
        }
        if (leaf is { Port: not 0, Account: { } account } && !NKey.IsPublicKey(account, NKeyKind.Account))
            errors.Add("operator mode and non account nkeys are incompatible");
    }

    private static void CheckRemote(LeafNodeRemoteOptions remote, List<string> errors)
    {
        if (CheckProxy(remote) is { } proxy)
            errors.Add(proxy);
        if (remote.Urls.Any(u => u.IsWebSocket) && !remote.Urls.All(u => u.IsWebSocket))
        {
            errors.Add("remote leaf node configuration cannot have a mix of websocket and non-websocket urls: "
                + GoText.Quote(remote.Urls.Select(u => u.Redacted)));
        }
        if (CompressionRules.Check(remote.Compression) is { } compression)
            errors.Add(compression);
    }

    /// <summary>What is wrong with a remote's proxy, or null.</summary>
    public static string? CheckProxy(LeafNodeRemoteOptions remote)
    {
        if (remote.Proxy is not { Url.Length: > 0 } proxy)
            return null;
        if (!UrlReader.TryParse(proxy.Url, out ServerUrl? url))
            return $"invalid proxy URL: parse {SecretText.QuoteUrl(proxy.Url)}: not a URL";
        if (url!.Scheme is not ("http" or "https"))
            return $"proxy URL scheme must be http or https, got: {url.Scheme}";
        if (url.HostAndPort.Length == 0)
            return "proxy URL must specify a host";
        if (proxy.Timeout < TimeSpan.Zero)
            return "proxy timeout must be >= 0";
        if (proxy.Username is null != proxy.Password is null)
            return "proxy username and password must both be specified or both be empty";
        ServerUrl? secure = remote.Urls.FirstOrDefault(u => u.Scheme == "wss");
        if (secure is null || remote.Tls is not null)
            return null;
        return $"proxy is configured but remote URL {secure.Redacted} requires TLS and no TLS configuration is provided. "
            + "When using proxy with TLS endpoints, ensure TLS is properly configured for the leafnode remote";
    }
}
