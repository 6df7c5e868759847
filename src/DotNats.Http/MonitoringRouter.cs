using System.Text;
using DotNats.Server.Monitoring;
using Microsoft.AspNetCore.Http;

namespace DotNats.Http;

/// <summary>Finds the endpoint of a request. Any method but CONNECT is answered alike, as nats-server does.</summary>
// Compat: paths are matched and unclean ones redirected by the rules of Go's request multiplexer.
internal sealed class MonitoringRouter
{
    private readonly Dictionary<string, Func<QueryParameters, MonitoringReply>> _endpoints;

    public MonitoringRouter(MonitoringEndpoints endpoints, string basePath)
    {
        string root = Normalize(basePath);
        string prefix = root == "/" ? "" : root;
        _endpoints = new(StringComparer.Ordinal)
        {
            [root] = _ => endpoints.Root(prefix),
            [prefix + "/varz"] = _ => endpoints.Varz(),
            [prefix + "/connz"] = endpoints.Connz,
            [prefix + "/routez"] = endpoints.Routez,
            [prefix + "/gatewayz"] = endpoints.Gatewayz,
            [prefix + "/leafz"] = endpoints.Leafz,
            [prefix + "/subsz"] = endpoints.Subsz,
            [prefix + "/subscriptionsz"] = endpoints.Subsz,
            [prefix + "/accountz"] = endpoints.Accountz,
            [prefix + "/accstatz"] = endpoints.Accstatz,
            [prefix + "/jsz"] = endpoints.Jsz,
            [prefix + "/healthz"] = endpoints.Healthz,
            [prefix + "/ipqueuesz"] = endpoints.Queues,
            [prefix + "/raftz"] = _ => MonitoringEndpoints.Raftz(),
            [prefix + "/stacksz"] = _ => MonitoringReply.Data(RuntimeReports.Stacks()),
            [prefix + "/debug/vars"] = _ => MonitoringReply.Raw(RuntimeReports.Variables(), "application/json; charset=utf-8"),
        };
    }

    /// <summary>The reply to one request line.</summary>
    public MonitoringReply Answer(string method, string target)
    {
        if (HttpMethods.IsConnect(method)) return MonitoringReply.NotFound();
        if (target == "*") return HttpMethods.IsOptions(method) ? MonitoringReply.Empty(200) : MonitoringReply.Empty(400, close: true);
        if (!RequestTarget.TryParse(target, out RequestTarget request)) return MonitoringReply.Empty(400, close: true);
        string cleaned = RequestTarget.Clean(request.Path);
        if (cleaned != request.Path) return Redirect(method, cleaned, request.Query);
        return _endpoints.TryGetValue(request.Path, out Func<QueryParameters, MonitoringReply>? endpoint)
            ? endpoint(QueryParameters.Parse(request.Query))
            : MonitoringReply.NotFound();
    }

    /// <summary>A configured base path with a slash in front and none behind.</summary>
    public static string Normalize(string basePath) => RequestTarget.Clean("/" + basePath) is { Length: > 1 } path ? path.TrimEnd('/') : "/";

    private static MonitoringReply Redirect(string method, string path, string query)
    {
        string location = RequestTarget.Escape(path) + (query.Length == 0 ? "" : "?" + query);
        bool withPage = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        string page = $"<a href=\"{RequestTarget.EscapeHtml(location)}\">Moved Permanently</a>.\n\n";
        return MonitoringReply.Moved(location, withPage ? Encoding.UTF8.GetBytes(page) : default);
    }
}
