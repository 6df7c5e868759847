using DotNats.JetStream.Accounts;
using DotNats.JetStream.Api;
using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.JetStream.Service;

/// <summary>Who has JetStream, and how every account reaches the API.</summary>
internal sealed class AccountAccess(ServerCore server)
{
    private static readonly byte[][] AnsweredInAccount = ["$JS.API.DIRECT."u8.ToArray(), "$JS.API.CONSUMER.MSG.NEXT."u8.ToArray()];

    // Shown by monitoring of the system account, and what every import is of.
    private readonly ServiceExport _export = new(ApiSubjects.All, ExportAccess.Of(new ExportTerms(new AccountExport { Subject = ApiSubjects.All, IsService = true }), [], earlier: null));

    /// <summary>The system account offers the API.</summary>
    public void Export()
    {
        Account system = server.Accounts.System!;
        DomainMappings.Add(server, system);
        if (!system.BuiltInExports.Any(static export => export.Subject == ApiSubjects.All)) system.ExportServices([.. system.BuiltInExports, _export]);
    }

    /// <summary>What an account may use; null where it has no JetStream.</summary>
    public AccountLimits? LimitsOf(Account account)
    {
        if (account.IsSystem) return null;
        if (account.Claims is { } claims) return claims.IsDeleted ? null : ClaimedLimits.Of(claims.Claims.Limits);
        AccountOptions? configured = server.Options.Accounts.FirstOrDefault(options => options.Name == account.Name);
        if (configured?.JetStream is { } options) return AccountLimits.Of(TierLimits.From(options));
        return ReferenceEquals(account, server.Accounts.Global) && IsGlobalAlone ? AccountLimits.None : null;
    }

    /// <summary>Lets an account ask; those without JetStream are told so. One that imports the API from somebody else asks there.</summary>
    public void Import(Account account)
    {
        Account system = server.Accounts.System!;
        foreach (ServiceImport import in account.ServiceImports)
        {
            if (ReferenceEquals(import.Exporter, system) && import.Local == ApiSubjects.All)
            {
                DomainMappings.Add(server, account);
                return;
            }

            // Compat: an import of the account information alone is enough to be asked there.
            if (LimitsOf(account) is null && ImportSubjects.IsSubset(ApiSubjects.AccountInfo, import.Local)) return;
        }

        DomainMappings.Add(server, account);
        account.ImportServices([new ServiceImport(system.Name, system, _export, ApiSubjects.All, ApiSubjects.All, transform: null)
        {
            Share = true,
            IsBuiltIn = true,
            // Streams and consumers answer these themselves, in their account; where none does, nobody answers.
            ExceptPrefixes = AnsweredInAccount,
        }]);
    }

    // Where accounts are configured, JetStream is given to some by name.
    private bool IsGlobalAlone
    {
        get
        {
            if (server.Operators is not null) return false;
            return server.Accounts.All.All(account => account.IsSystem || ReferenceEquals(account, server.Accounts.Global));
        }
    }
}
