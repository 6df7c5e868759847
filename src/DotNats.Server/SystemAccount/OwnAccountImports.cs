using System.Text;
using DotNats.Server.Accounts;

namespace DotNats.Server.SystemAccount;

/// <summary>
/// Lets every account ask about itself: the server imports some requests of the system account into each, under subjects without its name.
/// </summary>
// Owner: SystemServices. Lifetime: from Start on, accounts that come later included.
internal sealed class OwnAccountImports(ServerCore server, Account system)
{
    // Token of a request's subject, from 1, that is the account's name.
    private const int AccountToken = 4;

    private readonly ServiceExport _connections = Export(SystemSubjects.AccountRequest("*", "CONNZ"), ServiceResponseType.Stream, AccountToken);
    private readonly ServiceExport _statistics = Export(SystemSubjects.AccountRequest("*", "STATZ"), ServiceResponseType.Stream, AccountToken);
    private readonly ServiceExport _userInfo = Export(SystemSubjects.UserRequest("*"), ServiceResponseType.Singleton, 0);

    // What all accounts have alike: there may be very many of them.
    private ServiceImport[] _models = [];

    public void Start()
    {
        // Compat: who is to count subscribers has to import that by name, from a system account that exports it by name.
        ServiceExport subscribers = Export(SystemSubjects.DebugSubscribers, ServiceResponseType.Singleton, 0);
        _models = Models();
        system.ExportServices([_connections, _statistics, subscribers, _userInfo]);
        system.ImportServices([UserInfo(system)]);
        server.Accounts.Added = ImportInto;
        foreach (Account account in server.Accounts.All) ImportInto(account);
    }

    public void Stop() => server.Accounts.Added = null;

    private void ImportInto(Account account)
    {
        if (ReferenceEquals(account, system)) return;
        string connections = SystemSubjects.AccountRequest(account.Name, "CONNZ"), statistics = SystemSubjects.AccountRequest(account.Name, "STATZ");
        byte[] subject = Encoding.UTF8.GetBytes(connections);
        account.ImportServices([_models[0].Of(connections, subject), _models[1].Of(connections, subject), _models[2].Of(statistics, Encoding.UTF8.GetBytes(statistics)), UserInfo(account)]);
    }

    private ServiceImport UserInfo(Account account)
    {
        string subject = SystemSubjects.UserRequest(account.Name);
        return _models[3].Of(subject, Encoding.UTF8.GetBytes(subject));
    }

    private ServiceImport[] Models() =>
    [
        Import(_connections, SystemSubjects.AccountRequest("PING", "CONNZ")),
        Import(_connections, SystemSubjects.ServerRequest("PING", "CONNZ")),
        Import(_statistics, SystemSubjects.AccountRequest("PING", "STATZ")),
        // The one request whose answer is about who asks, not about the account: it is told.
        new(system.Name, system, _userInfo, SystemSubjects.UserInfo, _userInfo.Subject, transform: null) { Share = true },
    ];

    private ServiceImport Import(ServiceExport export, string local) => new(system.Name, system, export, local, export.Subject, transform: null);

    private static ServiceExport Export(string subject, ServiceResponseType responses, int accountToken)
    {
        var terms = new ExportTerms(new AccountExport { Subject = subject, IsService = true, ResponseType = responses, AccountTokenPosition = accountToken });
        return new ServiceExport(subject, ExportAccess.Of(terms, [], earlier: null)) { ResponseType = responses };
    }
}
