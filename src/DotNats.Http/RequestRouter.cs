using System.Text;
using DotNats.Server.Monitoring;
using Microsoft.AspNetCore.Http;

namespace DotNats.Http;

/// <summary>Finds the endpoint of a request. Any method but CONNECT is answered alike, as nats-server does.</summary>
/// <param name="endpoints">Answers by path; one that ends with <c>/*</c> is for all below that have none of their own.</param>
// Compat: paths are matched and unclean ones redirected by the rules of Go's request multiplexer.
internal sealed class RequestRouter(IReadOnlyDictionary<string, Func<QueryParameters, MonitoringReply>> endpoints)
{
    /// <summary>The reply to one request line.</summary>
    public MonitoringReply Answer(string method, string target)
    {
        if (HttpMethods.IsConnect(method)) return MonitoringReply.NotFound();
        if (target == "*") return HttpMethods.IsOptions(method) ? MonitoringReply.Empty(200) : MonitoringReply.Empty(400, close: true);
        if (!RequestTarget.TryParse(target, out RequestTarget request)) return MonitoringReply.Empty(400, close: true);
        string cleaned = RequestTarget.Clean(request.Path);
        if (cleaned != request.Path) return Redirect(method, cleaned, request.Query);
        if (Find(request.Path) is { } endpoint) return endpoint(QueryParameters.Parse(request.Query));
        return endpoints.ContainsKey(request.Path + "/") ? Redirect(method, request.Path + "/", request.Query) : MonitoringReply.NotFound();
    }

    private Func<QueryParameters, MonitoringReply>? Find(string path)
    {
        if (endpoints.TryGetValue(path, out Func<QueryParameters, MonitoringReply>? endpoint)) return endpoint;
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (endpoints.TryGetValue(path[..(slash + 1)] + '*', out endpoint)) return endpoint;
        }

        return null;
    }

    private static MonitoringReply Redirect(string method, string path, string query)
    {
        string location = RequestTarget.Escape(path) + (query.Length == 0 ? "" : "?" + query);
        bool withPage = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        string page = $"<a href=\"{RequestTarget.EscapeHtml(location)}\">Moved Permanently</a>.\n\n";
        return MonitoringReply.Moved(location, withPage ? Encoding.UTF8.GetBytes(page) : default);
    }
}
