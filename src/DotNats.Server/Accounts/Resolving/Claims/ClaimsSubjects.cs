using System.Text;
using DotNats.Server.InternalClients;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Subjects of claims requests in the system account (wire reference, section 8).</summary>
internal static class ClaimsSubjects
{
    public const string Update = "$SYS.REQ.CLAIMS.UPDATE";
    public const string AccountUpdate = "$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE";
    public const string OldAccountUpdate = "$SYS.ACCOUNT.*.CLAIMS.UPDATE";
    public const string Lookup = "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP";
    public const string List = "$SYS.REQ.CLAIMS.LIST";
    public const string Delete = "$SYS.REQ.CLAIMS.DELETE";
    public const string Pack = "$SYS.REQ.CLAIMS.PACK";

    /// <summary>One of all servers answers a pack request.</summary>
    public const string PackQueue = "responder";

    private const string AccountPrefix = "$SYS.REQ.ACCOUNT.";
    private const string OldAccountPrefix = "$SYS.ACCOUNT.";

    /// <summary>Asks for the JWT of one account.</summary>
    public static byte[] LookupOf(string account) => Encoding.ASCII.GetBytes($"{AccountPrefix}{account}.CLAIMS.LOOKUP");

    /// <summary>The account token of a request about one account.</summary>
    public static string AccountOf(InternalMessage request)
    {
        string subject = Encoding.UTF8.GetString(request.Subject);
        string rest = subject.StartsWith(AccountPrefix, StringComparison.Ordinal) ? subject[AccountPrefix.Length..] : subject[OldAccountPrefix.Length..];
        return rest[..rest.IndexOf('.', StringComparison.Ordinal)];
    }
}
