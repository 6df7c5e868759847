using DotNats.Server.InternalClients;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Answers claims requests and writes the same into the log.</summary>
internal sealed class ClaimsAnswers(InternalClient client, ClaimsReplies replies, ILogger logger)
{
    /// <param name="account">Whom it is about; empty for no one account.</param>
    public void Done(InternalMessage request, string account, string message)
    {
        ResolverLog.Answered(logger, account.Length > 0 ? $"{message} - {account}" : message);
        if (request.Reply.Length > 0) client.Respond(request, default, replies.Done(account, message));
    }

    public void Failed(InternalMessage request, string account, string message, string error)
    {
        ResolverLog.Refused(logger, account.Length > 0 ? $"{message} - {account} - {error}" : $"{message} - {error}");
        if (request.Reply.Length > 0) client.Respond(request, default, replies.Failed(account, $"{message} - {error}"));
    }

    public void List(InternalMessage request, IReadOnlyList<string> accounts)
    {
        if (request.Reply.Length == 0) return;
        ResolverLog.Listed(logger, accounts.Count);
        client.Respond(request, default, replies.List(accounts));
    }
}
