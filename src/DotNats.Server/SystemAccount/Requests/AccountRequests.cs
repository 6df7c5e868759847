using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary><c>$SYS.REQ.ACCOUNT.&lt;account&gt;.&lt;name&gt;</c></summary>
// Owner: SystemServices. Imported into every account with the account's own name in the subject, so that each can ask about itself.
internal sealed class AccountRequests(ServerCore server, SystemServices services, RequestServer requests)
{
    // The token of the subject that names the account.
    private const int AccountToken = 3;

    private static readonly RequestSchema ConnsBody = RequestSchema.Of("accNumConnsReq", new GoJsonField("acc", GoJsonKind.Text));

    private readonly MonitoringReports _reports = server.Monitoring;

    /// <summary>Every request by name.</summary>
    public IEnumerable<(string Name, Action<InternalMessage> Handler)> All()
    {
        yield return ("SUBSZ", requests.Handler(RequestOptions.Subsz, (options, request) =>
            ServerRequests.Subsz(_reports, RequestOptions.ReadSubsz(options) with { ShowSubscriptions = true, Account = AccountOf(request) })));
        yield return ("CONNZ", requests.Handler(RequestOptions.Connz, (options, request) =>
            ServerRequests.Connz(_reports, RequestOptions.ReadConnz(options) with { Account = AccountOf(request) })));
        yield return ("LEAFZ", requests.Handler(RequestOptions.Leafz, (_, _) => ReplyContent.Of(_reports.Leafz(), MonitoringJson.Compact.LeafzSnapshot)));
        yield return ("JSZ", requests.Handler(RequestOptions.Jsz, (options, request) => Jsz(RequestOptions.ReadJsz(options) with { Account = AccountOf(request) })));
        yield return ("INFO", requests.Handler(RequestOptions.AccountInfo, (_, request) => Info(AccountOf(request))));
        yield return ("STATZ", requests.Handler(RequestOptions.Accstatz, (options, request) =>
            AccountOf(request) is "PING" ? ReplyContent.None : Statistics(options, [AccountOf(request)])));
        yield return ("CONNS", Connections);
    }

    /// <summary><c>$SYS.REQ.ACCOUNT.PING.STATZ</c>: all accounts, or those named in the body.</summary>
    public Action<InternalMessage> PingStatistics => requests.Handler(RequestOptions.Accstatz, (options, _) => Statistics(options, options.Texts("accounts")));

    private static string AccountOf(InternalMessage request) => SystemSubjects.Token(request.Subject, AccountToken);

    private ReplyContent Jsz(JszQuery query)
    {
        if (server.JetStream is not { IsEnabled: true } jetStream) return ReplyContent.Failed("jetstream not enabled");
        string name = GoQuote.Quote(query.Account);
        if (!server.Accounts.TryGet(query.Account, out Account? account)) return ReplyContent.Failed($"account {name} not found");
        if (!jetStream.IsEnabledFor(account)) return ReplyContent.Failed($"account {name} not jetstream enabled");
        return jetStream.Describe(query, out _)?.AccountDetails is [{ } detail] ? ReplyContent.Of(detail, MonitoringJson.Compact.JszAccount) : ReplyContent.None;
    }

    private ReplyContent Info(string account) => _reports.Accountz(account)?.AccountDetail is { } detail
        ? ReplyContent.Of(detail, MonitoringJson.Compact.AccountDetail)
        : ReplyContent.Failed($"Account {account} does not exist");

    // Accounts without connections have nothing to tell, unless asked for.
    private ReplyContent Statistics(GoJsonObject options, IReadOnlyList<string> accounts)
    {
        bool includeUnused = options.Flag("include_unused");
        AccstatzSnapshot reply = _reports.Accstatz(includeUnused, accounts);
        return reply.AccountStatz.Count == 0 && !includeUnused ? ReplyContent.None : ReplyContent.Of(reply, MonitoringJson.Compact.AccstatzSnapshot);
    }

    // Other servers ask when they meet an account for the first time; answered like the event, and only where there is something to count.
    private void Connections(InternalMessage request)
    {
        if (services.Sender.IsSilent || request.Reply.Length == 0) return;
        string name = AccountOf(request);
        if (request.Payload.Length > 0)
        {
            GoJsonObject body = GoJsonObject.Read(request.Payload, ConnsBody.TypeName, ConnsBody.Fields, out string? error);
            if (error is not null)
            {
                SystemLog.BadRequest(server.Logger, $"Error unmarshalling account connections request message: {error}");
                return;
            }

            // Compat: a body that names no account is about that of the subject.
            if (body.Text("acc") is { Length: > 0 } named && named != name)
            {
                SystemLog.BadRequest(server.Logger, "Error unmarshalled account does not match subject");
                return;
            }
        }

        if (!server.Accounts.TryGet(name, out Account? account) || account.Connections == 0) return;
        string id = services.NextId();
        DateTime time = server.Time.GetUtcNow().UtcDateTime;
        services.Sender.Post(
            services.Account, request.Reply, block => services.AccountConnections.Describe(name, id, time, block), SystemJson.Compact.AccountConnectionsEvent);
    }
}
