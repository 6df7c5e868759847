using DotNats.Primitives;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Logging;

namespace DotNats.Http;

/// <summary>The endpoints: options in, snapshot out. Which requests count before their options are read is nats-server's choice.</summary>
internal sealed class MonitoringEndpoints(MonitoringReports reports, string version, ILogger logger)
{
    private const int BadRequest = 400;

    /// <summary>All paths, below the configured base path.</summary>
    public IReadOnlyDictionary<string, Func<QueryParameters, MonitoringReply>> At(string basePath)
    {
        string root = Normalize(basePath);
        string prefix = root == "/" ? "" : root;
        return new Dictionary<string, Func<QueryParameters, MonitoringReply>>(StringComparer.Ordinal)
        {
            [root] = _ => Root(prefix),
            [prefix + "/varz"] = _ => Varz(),
            [prefix + "/connz"] = Connz,
            [prefix + "/routez"] = Routez,
            [prefix + "/gatewayz"] = Gatewayz,
            [prefix + "/leafz"] = Leafz,
            [prefix + "/subsz"] = Subsz,
            [prefix + "/subscriptionsz"] = Subsz,
            [prefix + "/accountz"] = Accountz,
            [prefix + "/accstatz"] = Accstatz,
            [prefix + "/jsz"] = Jsz,
            [prefix + "/healthz"] = Healthz,
            [prefix + "/ipqueuesz"] = Queues,
            [prefix + "/raftz"] = _ => Raftz(),
            [prefix + "/stacksz"] = _ => MonitoringReply.Data(RuntimeReports.Stacks()),
            [prefix + "/debug/vars"] = _ => MonitoringReply.Raw(RuntimeReports.Variables(), "application/json; charset=utf-8"),
        };
    }

    /// <summary>A configured base path with a slash in front and none behind.</summary>
    public static string Normalize(string basePath) => RequestTarget.Clean("/" + basePath) is { Length: > 1 } path ? path.TrimEnd('/') : "/";

    private MonitoringReply Root(string prefix)
    {
        reports.HttpHits.Count("/");
        return MonitoringReply.Raw(RootPage.Render(prefix, version), MonitoringReply.HtmlType);
    }

    private MonitoringReply Varz()
    {
        reports.HttpHits.Count("/varz");
        return MonitoringReply.Json(reports.Varz(), MonitoringJson.Indented.VarzSnapshot);
    }

    private MonitoringReply Connz(QueryParameters parameters)
    {
        ConnzQuery query = ConnzQuery.Read(parameters, out string? error);
        if (error is not null) return MonitoringReply.Text(BadRequest, error);
        reports.HttpHits.Count("/connz");
        if (query.Validate() is string problem) return MonitoringReply.Text(BadRequest, problem);
        ConnzSnapshot reply = reports.Connz(query);
        return MonitoringReply.Json(reply, MonitoringJson.Indented.ConnzSnapshot, reply.NumConnections);
    }

    private MonitoringReply Routez(QueryParameters parameters)
    {
        QueryReader reader = new(parameters);
        reader.ReadListing("subs");
        if (reader.Error is not null) return MonitoringReply.Text(BadRequest, reader.Error);
        reports.HttpHits.Count("/routez");
        return MonitoringReply.Json(reports.Routez(), MonitoringJson.Indented.RoutezSnapshot);
    }

    private MonitoringReply Gatewayz(QueryParameters parameters)
    {
        reports.HttpHits.Count("/gatewayz");
        QueryReader reader = new(parameters);
        reader.ReadListing("subs");
        reader.ReadFlag("accs");
        if (reader.Error is not null) return MonitoringReply.Text(BadRequest, reader.Error);
        return MonitoringReply.Json(reports.Gatewayz(), MonitoringJson.Indented.GatewayzSnapshot);
    }

    private MonitoringReply Leafz(QueryParameters parameters)
    {
        reports.HttpHits.Count("/leafz");
        QueryReader reader = new(parameters);
        reader.ReadFlag("subs");
        if (reader.Error is not null) return MonitoringReply.Text(BadRequest, reader.Error);
        return MonitoringReply.Json(reports.Leafz(), MonitoringJson.Indented.LeafzSnapshot);
    }

    private MonitoringReply Subsz(QueryParameters parameters)
    {
        reports.HttpHits.Count("/subsz");
        SubszQuery query = SubszQuery.Read(parameters, out string? error);
        if (error is not null) return MonitoringReply.Text(BadRequest, error);
        SubszSnapshot reply = reports.Subsz(query);
        return MonitoringReply.Json(reply, MonitoringJson.Indented.SubszSnapshot, reply.SubscriptionsList?.Count ?? 0);
    }

    private MonitoringReply Accountz(QueryParameters parameters)
    {
        reports.HttpHits.Count("/accountz");
        string account = parameters.Get("acc");
        return reports.Accountz(account) is AccountzSnapshot reply
            ? MonitoringReply.Json(reply, MonitoringJson.Indented.AccountzSnapshot, reply.Accounts?.Count ?? 0)
            : MonitoringReply.Text(BadRequest, $"Account {account} does not exist");
    }

    private MonitoringReply Accstatz(QueryParameters parameters)
    {
        reports.HttpHits.Count("/accstatz");
        QueryReader reader = new(parameters);
        bool includeUnused = reader.ReadFlag("unused");
        if (reader.Error is not null) return MonitoringReply.Text(BadRequest, reader.Error);
        AccstatzSnapshot reply = reports.Accstatz(includeUnused);
        return MonitoringReply.Json(reply, MonitoringJson.Indented.AccstatzSnapshot, reply.AccountStatz.Count);
    }

    private MonitoringReply Jsz(QueryParameters parameters)
    {
        reports.HttpHits.Count("/jsz");
        JszQuery query = JszQuery.Read(parameters, out string? error);
        if (error is not null) return MonitoringReply.Text(BadRequest, error);
        return reports.Jsz(query, out error) is { } reply
            ? MonitoringReply.Json(reply, MonitoringJson.Indented.JszSnapshot)
            : MonitoringReply.Text(BadRequest, error ?? "");
    }

    private MonitoringReply Healthz(QueryParameters parameters)
    {
        reports.HttpHits.Count("/healthz");
        HealthzQuery query = HealthzQuery.Read(parameters, out string? error);
        if (query.JetStreamEnabled) HttpLog.DeprecatedOption(logger);
        if (error is not null) return MonitoringReply.Text(BadRequest, error);
        HealthSnapshot reply = reports.Healthz(query);
        if (reply.Error is not null) HttpLog.Unhealthy(logger, GoQuote.Quote(reply.Error));
        else if (reply.Errors is { Count: > 0 } errors) HttpLog.UnhealthyDetails(logger, errors.Count);
        return MonitoringReply.Json(reply, MonitoringJson.Compact.HealthSnapshot, statusCode: reply.StatusCode);
    }

    private MonitoringReply Queues(QueryParameters parameters)
    {
        QueryReader reader = new(parameters);
        bool all = reader.ReadFlag("all");
        if (reader.Error is not null) return MonitoringReply.Text(BadRequest, reader.Error);
        IReadOnlyDictionary<string, QueueInfo> queues = reports.Queues(all, parameters.Get("queues"));
        return MonitoringReply.Json(queues, MonitoringJson.WideIndented.IReadOnlyDictionaryStringQueueInfo, queues.Count);
    }

    /// <summary>There are no Raft groups in a server without replicated streams.</summary>
    private static MonitoringReply Raftz() => MonitoringReply.Text(404, "No Raft nodes registered");
}
