using DotNats.Protocol.Text;
using DotNats.Server.InternalClients;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary><c>$SYS.REQ.SERVER.&lt;id&gt;.&lt;name&gt;</c> and <c>$SYS.REQ.SERVER.PING.&lt;name&gt;</c>: what the monitoring endpoints show.</summary>
// Owner: SystemServices. The reports are those of HTTP; only the way options come in differs.
internal sealed class ServerRequests(ServerCore server, SystemServices services, RequestServer requests)
{
    public static readonly RequestSchema Statsz = RequestSchema.Of("StatszEventOptions");

    private readonly MonitoringReports _reports = server.Monitoring;

    /// <summary>Every request by name, but for the statistics.</summary>
    public IEnumerable<(string Name, Action<InternalMessage> Handler)> All()
    {
        yield return ("IDZ", Identify);
        yield return ("VARZ", On("Varz", (_, _) => ReplyContent.Of(_reports.Varz(), MonitoringJson.Compact.VarzSnapshot)));
        yield return ("SUBSZ", requests.Handler(RequestOptions.Subsz, (options, _) => Subsz(_reports, RequestOptions.ReadSubsz(options))));
        yield return ("CONNZ", requests.Handler(RequestOptions.Connz, (options, _) => Connz(_reports, RequestOptions.ReadConnz(options))));
        yield return ("ROUTEZ", requests.Handler(RequestOptions.Routez, (_, _) => ReplyContent.Of(_reports.Routez(), MonitoringJson.Compact.RoutezSnapshot)));
        yield return ("GATEWAYZ", requests.Handler(RequestOptions.Gatewayz, (_, _) => ReplyContent.Of(_reports.Gatewayz(), MonitoringJson.Compact.GatewayzSnapshot)));
        yield return ("LEAFZ", requests.Handler(RequestOptions.Leafz, (_, _) => ReplyContent.Of(_reports.Leafz(), MonitoringJson.Compact.LeafzSnapshot)));
        yield return ("ACCOUNTZ", requests.Handler(RequestOptions.Accountz, (options, _) => Accountz(options.Text("account"))));
        yield return ("JSZ", requests.Handler(RequestOptions.Jsz, (options, _) => Jsz(options)));
        yield return ("HEALTHZ", requests.Handler(RequestOptions.Healthz, (options, _) => Healthz(RequestOptions.ReadHealthz(options))));
        yield return ("PROFILEZ", requests.Handler(RequestOptions.Profilez, (options, _) => Profile(options)));
        yield return ("EXPVARZ", On("Expvarz", (_, _) => Variables()));
        yield return ("IPQUEUESZ", requests.Handler(RequestOptions.Queues, (options, _) => Queues(options)));
        // There are no Raft groups in a server without replicated streams.
        yield return ("RAFTZ", requests.Handler(RequestOptions.Raftz, (_, _) => ReplyContent.Written(json =>
        {
            json.WriteStartObject();
            json.WriteEndObject();
        })));
    }

    /// <summary><c>STATSZ</c>, and PING without a name: the statistics to who asks, or to everybody where no answer is wanted.</summary>
    public void Statistics(InternalMessage request)
    {
        if (services.Sender.IsSilent) return;
        if (request.Payload.Length > 0)
        {
            GoJsonObject options = GoJsonObject.Read(request.Payload, Statsz.TypeName, Statsz.Fields, out string? error);
            if (error is not null)
            {
                requests.Respond(request, ReplyContent.BadRequest(error));
                return;
            }

            if (RequestSchema.IsForOthers(server, options)) return;
        }

        // Compat: statistics are never compressed.
        if (request.Reply.Length == 0) services.Heartbeat.SendNow();
        else services.Sender.Post(services.Account, request.Reply, services.Heartbeat.Describe, SystemJson.Compact.StatszMessage);
    }

    /// <summary>A page of connections.</summary>
    public static ReplyContent Connz(MonitoringReports reports, ConnzQuery query) =>
        query.Validate() is { } error ? ReplyContent.Failed(error) : ReplyContent.Of(reports.Connz(query), MonitoringJson.Compact.ConnzSnapshot);

    /// <summary>Subscription tables.</summary>
    public static ReplyContent Subsz(MonitoringReports reports, SubszQuery query) =>
        query.Validate() is { } error ? ReplyContent.Failed(error) : ReplyContent.Of(reports.Subsz(query), MonitoringJson.Compact.SubszSnapshot);

    private Action<InternalMessage> On(string name, RequestAnswer answer) => requests.Handler(RequestSchema.Of($"{name}EventOptions"), answer);

    // Compat: answered without an envelope, whatever the filter in the request says.
    private void Identify(InternalMessage request)
    {
        var identity = new ServerIdentity(server.Name, server.Info.Current.Host, server.Id);
        requests.RespondRaw(request, SystemJson.Write(identity, SystemJson.Compact.ServerIdentity));
    }

    private ReplyContent Accountz(string account) => _reports.Accountz(account) is { } reply
        ? ReplyContent.Of(reply, MonitoringJson.Compact.AccountzSnapshot)
        : ReplyContent.Failed($"Account {account} does not exist");

    // Who asks the leader alone is not answered by others.
    private ReplyContent Jsz(GoJsonObject options) => _reports.Jsz(RequestOptions.ReadJsz(options), out _) is { } reply
        ? ReplyContent.Of(reply, MonitoringJson.Compact.JszSnapshot)
        : ReplyContent.None;

    private ReplyContent Healthz(HealthzQuery query)
    {
        HealthSnapshot health = _reports.Healthz(query);
        return ReplyContent.Of(new HealthReply(health.Status, health.StatusCode, health.Error, health.Errors), SystemJson.Compact.HealthReply);
    }

    private static ReplyContent Profile(GoJsonObject options)
    {
        var duration = new TimeSpan(options.Number("duration") / TimeSpan.NanosecondsPerTick);
        return ReplyContent.Of(Profiles.Take(options.Text("name"), duration), SystemJson.Compact.ProfileReply);
    }

    private static ReplyContent Variables() => ReplyContent.Written(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("memstats"u8);
        RuntimeReports.WriteMemory(json);
        json.WritePropertyName("cmdline"u8);
        RuntimeReports.WriteCommandLine(json, Environment.GetCommandLineArgs());
        json.WriteEndObject();
    });

    private ReplyContent Queues(GoJsonObject options) =>
        ReplyContent.Of(_reports.Queues(options.Flag("all"), options.Text("filter")), MonitoringJson.Compact.IReadOnlyDictionaryStringQueueInfo);
}

/// <summary>Answer to <c>HEALTHZ</c>: with the status that HTTP has outside the body.</summary>
internal sealed record HealthReply(string Status, int StatusCode, string? Error, IReadOnlyList<HealthError>? Errors);
