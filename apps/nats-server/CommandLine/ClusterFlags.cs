using DotNats.Configuration.Binding;

namespace DotNats.App.CommandLine;

/// <summary>Lays the cluster flags over the file's cluster.</summary>
internal static class ClusterFlags
{
    /// <summary>Returns what is wrong with the flags in nats-server's words, or null.</summary>
    /// <param name="cluster">The cluster with the flags in it; null when neither they nor the file speak of one.</param>
    public static string? Apply(CommandLineArguments args, ClusterOptions? file, out ClusterOptions? cluster)
    {
        cluster = file;
        if (args.ClusterListen is { } listen && Listen(listen, ref cluster) is { } error) return error;
        if (args.Routes is { } routes) cluster = (cluster ?? new ClusterOptions()) with { Routes = Routes(routes) };
        if (args.ClusterName is { } name) cluster = (cluster ?? new ClusterOptions()) with { Name = name.Length == 0 ? null : name };
        if (args.NoAdvertise is { } silent) cluster = (cluster ?? new ClusterOptions()) with { NoAdvertise = silent };
        if (args.ClusterAdvertise is { } told) cluster = (cluster ?? new ClusterOptions()) with { Advertise = told.Length == 0 ? null : told };
        if (args.ConnectRetries is { } retries) cluster = (cluster ?? new ClusterOptions()) with { ConnectRetries = retries };
        return null;
    }

    // An empty URL turns the file's cluster off; any other also replaces its credentials.
    private static string? Listen(string text, ref ClusterOptions? cluster)
    {
        if (text.Length == 0)
        {
            cluster = cluster is null ? null : cluster with { Port = 0 };
            return null;
        }
        bool anyPort = text.EndsWith(":-1", StringComparison.Ordinal);
        string parsed = anyPort ? string.Concat(text.AsSpan(0, text.Length - 2), "0") : text;
        if (!UrlReader.TryParse(parsed, out ServerUrl? url) || url is null) return Malformed(parsed);
        if (url.Host.Length == 0) return "missing port in address";
        if (url.Port is not { } port) return $"address {url.HostAndPort}: missing port in address";
        if (url.Username is not null && url.Password is null) return "expected cluster password to be set";
        cluster = (cluster ?? new ClusterOptions()) with { Host = url.Host, Port = anyPort ? -1 : port, Username = url.Username, Password = url.Password };
        return null;
    }

    private static string Malformed(string url)
    {
        int colon = url.LastIndexOf(':');
        return $"parse \"{url}\": invalid port \"{url[Math.Max(0, colon)..]}\" after host";
    }

    // Compat: what is no URL in the list is left out without a word.
    private static List<ServerUrl> Routes(string list)
    {
        List<ServerUrl> routes = [];
        foreach (string text in list.Split(','))
            if (UrlReader.TryParse(text, out ServerUrl? url) && url is { Host.Length: > 0 }) routes.Add(url);
        return routes;
    }
}
