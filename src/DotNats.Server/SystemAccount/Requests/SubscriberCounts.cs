using System.Globalization;
using System.Text;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.Server.SystemAccount;

/// <summary>How many clients listen to a subject: for those who look for a missing subscriber, and for other servers who add it up.</summary>
// Owner: SystemServices.
internal sealed class SubscriberCounts(ServerCore server, SystemServices services, RequestServer requests)
{
    private static readonly GoJsonField[] Body = [new("acc", GoJsonKind.Text), new("subject", GoJsonKind.Text), new("queue", GoJsonKind.Bytes)];

    /// <summary><c>$SYS.DEBUG.SUBSCRIBERS</c> with <c>subject</c> or <c>subject queue</c>: the answer is a number.</summary>
    public void Debug(InternalMessage request)
    {
        // Compat: answered to clients alone.
        if (request.Origin?.Session is not MemberSession client) return;
        RequestInfo info = RequestInfo.Read(request.Headers, out string? error);
        if (error is not null) return;
        string named = info.Service.Length > 0 ? info.Service : info.Account;
        Account? account = client.Account;
        if (named.Length > 0 && !server.Accounts.TryGet(named, out account)) return;
        string[] words = Encoding.UTF8.GetString(request.Payload).Trim().Split(' ');
        byte[]? queue = words.Length > 1 ? Encoding.UTF8.GetBytes(words[1]) : null;
        Respond(request, Count(account!, Encoding.UTF8.GetBytes(words[0]), queue));
    }

    /// <summary><c>$SYS.REQ.ACCOUNT.NSUBS</c> with <c>{"acc":…,"subject":…,"queue":…}</c></summary>
    public void Count(InternalMessage request)
    {
        if (services.Sender.IsSilent) return;
        if (request.Payload.IsEmpty)
        {
            SystemLog.BadRequest(server.Logger, "request requires a body");
            return;
        }

        GoJsonObject body = GoJsonObject.Read(request.Payload, "server.accNumSubsReq", Body, out string? error);
        if (error is not null)
        {
            SystemLog.BadRequest(server.Logger, $"Error unmarshalling account nsubs request message: {error}");
            return;
        }

        if (!server.Accounts.TryGet(body.Text("acc"), out Account? account) || account.Connections == 0) return;
        Respond(request, Count(account, Encoding.UTF8.GetBytes(body.Text("subject")), body.Bytes("queue")));
    }

    private void Respond(InternalMessage request, int count) =>
        requests.RespondRaw(request, Encoding.ASCII.GetBytes(count.ToString(CultureInfo.InvariantCulture)));

    private static int Count(Account account, byte[] subject, byte[]? queue)
    {
        int count = 0;
        if (Subjects.HasWildcards(subject))
        {
            foreach (Subscription subscription in account.Subscriptions.Snapshot())
            {
                if (IsClients(subscription) && Subjects.IsSubsetMatch(subscription.Subject, subject) && IsOf(queue, subscription)) count++;
            }

            return count;
        }

        // Compat: also those that a deny clause keeps this subject from.
        MatchResult match = account.Subscriptions.Match(subject);
        IEnumerable<Subscription> all = match.Plain.Concat(match.QueueGroups.SelectMany(group => group)).Concat(match.Denied);
        return all.Count(subscription => IsClients(subscription) && IsOf(queue, subscription));
    }

    // The server's own subscriptions do not count.
    private static bool IsClients(Subscription subscription) => subscription.Subscriber.Member is not null;

    private static bool IsOf(byte[]? queue, Subscription subscription) => queue is null || subscription.Queue.AsSpan().SequenceEqual(queue);
}
