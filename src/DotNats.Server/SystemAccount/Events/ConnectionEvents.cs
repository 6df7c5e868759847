using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>Tells who comes, who goes and who is refused.</summary>
// Called by the threads on which it happens, also those of loops: pictures are taken at once, everything else is the sender's work.
internal sealed class ConnectionEvents(ServerCore server, SystemServices services)
{
    /// <summary>A client logged in, or told anew who it is.</summary>
    public void Connected(MemberSession session)
    {
        string subject = SystemSubjects.Connect(session.Account.Name);
        if (!services.HasListeners(subject)) return;
        var picture = new ConnectEvent { Id = services.NextId(), Timestamp = Now, Client = ClientBlock.OfBeginning(session) };
        services.Sender.Post(services.Account, subject, block => picture with { Server = block }, SystemJson.Compact.ConnectEvent);
    }

    /// <summary>A connection ended; its account and its counters are still as they were.</summary>
    public void Disconnected(MemberSession session)
    {
        string subject = SystemSubjects.Disconnect(session.Account.Name);
        if (!services.HasListeners(subject)) return;
        Connection connection = session.Connection;
        PostEnd(services.Account, subject, session, session.Account, connection.StopTime.UtcDateTime, connection.CloseReason.ToText());
    }

    /// <summary>A client is refused: told to operators.</summary>
    public void AuthenticationFailed(MemberSession session, CloseReason reason)
    {
        string subject = SystemSubjects.AuthenticationError(server.Id);
        if (services.HasListeners(subject)) PostEnd(services.Account, subject, session, session.Account, Now, reason.ToText());
    }

    /// <summary>A client's credentials were refused: told inside an account, to its owners.</summary>
    public void AccountAuthenticationFailed(MemberSession session, Account account, string reason)
    {
        const string Subject = SystemSubjects.AccountAuthenticationError;
        if (SystemServices.HasListeners(account, Subject)) PostEnd(account, Subject, session, account, Now, reason);
    }

    private DateTime Now => server.Time.GetUtcNow().UtcDateTime;

    private void PostEnd(Account target, string subject, MemberSession session, Account named, DateTime stop, string reason)
    {
        Connection connection = session.Connection;
        var picture = new DisconnectEvent
        {
            Id = services.NextId(),
            Timestamp = stop,
            Client = ClientBlock.OfEnd(session, stop) with { Acc = named.Name },
            Sent = new MessageCount(Volatile.Read(ref connection.InMessages), Volatile.Read(ref connection.InBytes)),
            Received = new MessageCount(Volatile.Read(ref connection.Outbound.Messages), Volatile.Read(ref connection.Outbound.Bytes)),
            Reason = reason,
        };
        services.Sender.Post(target, subject, block => picture with { Server = block }, SystemJson.Compact.DisconnectEvent);
    }
}
