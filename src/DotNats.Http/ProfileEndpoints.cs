using System.Globalization;
using System.Text;
using DotNats.Server.Monitoring;

namespace DotNats.Http;

/// <summary>The diagnostics port (<c>prof_port</c>): nats-server's paths, answered with what a .NET program can tell of itself.</summary>
// Compat: paths, status codes and headers are those of Go's profiler; contents cannot be, and a profile that cannot be made says so.
internal static class ProfileEndpoints
{
    private const string Root = "/debug/pprof/";
    private const int NotImplemented = 501;

    // Some of Go's paths are no profiles.
    private static readonly string[] Impossible = [.. RuntimeProfiles.Impossible, "profile", "symbol", "trace"];

    /// <summary>All paths.</summary>
    public static IReadOnlyDictionary<string, Func<QueryParameters, MonitoringReply>> All { get; } = Paths();

    private static Dictionary<string, Func<QueryParameters, MonitoringReply>> Paths()
    {
        Dictionary<string, Func<QueryParameters, MonitoringReply>> paths = new(StringComparer.Ordinal)
        {
            [Root] = static _ => Index(),
            [Root + "*"] = static _ => MonitoringReply.NoProfile(404, "Unknown profile"),
            [Root + "cmdline"] = static _ => MonitoringReply.Profile(string.Join('\0', SecretArguments.Redact(Environment.GetCommandLineArgs()))),
        };
        foreach (RuntimeProfile profile in RuntimeProfiles.Available) paths[Root + profile.Name] = parameters => Show(profile, parameters);
        foreach (string name in Impossible) paths[Root + name] = _ => CannotMake(name);
        return paths;
    }

    private static MonitoringReply Index()
    {
        StringBuilder page = new(2048);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>").Append(Root).Append("</title>\n</head>\n<body>\n<p>").Append(Root).Append("</p>\n<ul>\n");
        page.Append("<li><a href='cmdline?debug=1'>cmdline</a>: The command line of this process, secrets masked</li>\n");
        foreach (RuntimeProfile profile in RuntimeProfiles.Available) page.Append($"<li><a href='{profile.Name}?debug=1'>{profile.Name}</a>: {profile.Description}</li>\n");
        page.Append("</ul>\n<p>.NET cannot make of itself: ").AppendJoin(", ", Impossible).Append(".</p>\n</body>\n</html>\n");
        return MonitoringReply.Page(page.ToString());
    }

    private static MonitoringReply Show(RuntimeProfile profile, QueryParameters parameters)
    {
        if (profile.Name is "heap" or "allocs" && int.TryParse(parameters.Get("gc"), CultureInfo.InvariantCulture, out int collect) && collect > 0) GC.Collect();
        return MonitoringReply.Profile(profile.Read());
    }

    private static MonitoringReply CannotMake(string name) => MonitoringReply.NoProfile(NotImplemented, string.Create(CultureInfo.InvariantCulture,
        $"{name}: .NET makes no such profile of itself; use perf, or dotnet-trace where the server is not native, on process {Environment.ProcessId}"));
}
