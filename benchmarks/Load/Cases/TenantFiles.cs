using System.Globalization;
using System.Text;
using DotNats.Security;
using Load.Harness;

namespace Load.Cases;

/// <summary>Many accounts that import from a few, as a configuration and as a directory of JWTs. Every other import is a service.</summary>
// JWTs are signed by the product's own library; a mistake there would show in the other server, which judges the same files.
internal static class TenantFiles
{
    internal const int Accounts = 10_000;

    private const int UsersPerAccount = 10;
    private const int ImportsPerAccount = 3;
    private const int Exporters = 4;
    private const string Stream = "news";
    private const string Service = "ask";

    /// <summary>Resident bytes of the same server without any of it.</summary>
    internal static long MeasureEmptyServer(RunContext context)
    {
        ServerProcess server = context.StartServer("max_closed_clients: 1\n");
        Thread.Sleep(500);
        long bytes = server.Sample().ResidentBytes;
        context.Stop(server);
        return bytes;
    }

    /// <summary>All accounts and their users in one file.</summary>
    internal static string Configuration()
    {
        var text = new StringBuilder("max_closed_clients: 1\nno_auth_user: exporter0\naccounts {\n");
        for (int i = 0; i < Exporters; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"  EXPORTER{i}: {{ users: [ {{ user: exporter{i}, password: secret }} ], exports: [ {{ stream: \"{Stream}.*\" }}, {{ service: \"{Service}.*\" }} ] }}");
        }

        for (int i = 0; i < Accounts; i++) AppendAccount(text, i);
        return text.Append("}\n").ToString();
    }

    /// <summary>Writes a JWT for each account into <paramref name="directory"/>, and one line with a user's JWT for each into <paramref name="loginsFile"/>.</summary>
    /// <returns>The configuration that uses them.</returns>
    internal static string ResolverConfiguration(string directory, string loginsFile)
    {
        Directory.CreateDirectory(directory);
        using NKey signer = NKey.Create(NKeyKind.Operator);
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var exporters = new List<NKey>();
        for (int i = 0; i < Exporters; i++)
        {
            exporters.Add(NKey.Create(NKeyKind.Account));
            WriteAccount(directory, signer, Claims(exporters[i], $"exporter{i}", now) with { Exports = [Export(SharingKind.Stream, Stream), Export(SharingKind.Service, Service)] });
        }

        using (StreamWriter logins = File.CreateText(loginsFile))
        {
            for (int i = 0; i < Accounts; i++)
            {
                using NKey account = NKey.Create(NKeyKind.Account);
                ImportClaim[] imports = [.. Enumerable.Range(0, ImportsPerAccount).Select(import => Import(exporters[(i + import) % Exporters], i, import))];
                WriteAccount(directory, signer, Claims(account, $"tenant{i}", now) with { Imports = imports });
                logins.WriteLine(User(account, now));
            }
        }

        string operatorJwt = JwtWriter.Write(
            new OperatorClaims { Subject = signer.PublicKey, Name = "operator", IssuedAtSeconds = now, SystemAccount = exporters[0].PublicKey }, signer);
        // Who says nothing is a user of an exporter: the first client does not log in.
        return $"max_closed_clients: 1\noperator: \"{operatorJwt}\"\nresolver: {{ type: full, dir: \"{directory}\" }}\ndefault_sentinel: \"{User(exporters[1], now)}\"\n";
    }

    private static void AppendAccount(StringBuilder text, int account)
    {
        IEnumerable<string> users = Enumerable.Range(0, UsersPerAccount).Select(user => $"{{ user: tenant{account}user{user}, password: secret{user} }}");
        IEnumerable<string> imports = Enumerable.Range(0, ImportsPerAccount).Select(import => Import(account, import));
        text.AppendLine(CultureInfo.InvariantCulture, $"  TENANT{account}: {{ users: [ {string.Join(", ", users)} ], imports: [ {string.Join(", ", imports)} ] }}");
    }

    private static string Import(int account, int import)
    {
        string kind = IsService(account, import) ? "service" : "stream";
        string from = $"{{ account: EXPORTER{(account + import) % Exporters}, subject: \"{RootOf(account, import)}.{account}\" }}";
        return $"{{ {kind}: {from}, to: \"from{import}.{account}\" }}";
    }

    private static bool IsService(int account, int import) => (account + import) % 2 == 1;

    private static string RootOf(int account, int import) => IsService(account, import) ? Service : Stream;

    private static AccountClaims Claims(NKey account, string name, long now) =>
        new() { Subject = account.PublicKey, Name = name, IssuedAtSeconds = now, Limits = AccountLimitsClaim.Unlimited };

    private static ExportClaim Export(SharingKind kind, string root) => new() { Name = root, Subject = $"{root}.*", Kind = kind };

    private static ImportClaim Import(NKey exporter, int account, int import) => new()
    {
        Name = $"import{import}",
        Account = exporter.PublicKey,
        Subject = $"{RootOf(account, import)}.{account}",
        LocalSubject = $"from{import}.{account}",
        Kind = IsService(account, import) ? SharingKind.Service : SharingKind.Stream,
    };

    private static string User(NKey account, long now)
    {
        using NKey user = NKey.Create(NKeyKind.User);
        UserLimitsClaim limits = UserLimitsClaim.Unlimited with { BearerToken = true };
        return JwtWriter.Write(new UserClaims { Subject = user.PublicKey, Name = "user", IssuedAtSeconds = now, Limits = limits }, account);
    }

    private static void WriteAccount(string directory, NKey signer, AccountClaims claims) =>
        File.WriteAllText(Path.Combine(directory, $"{claims.Subject}.jwt"), JwtWriter.Write(claims, signer));
}
