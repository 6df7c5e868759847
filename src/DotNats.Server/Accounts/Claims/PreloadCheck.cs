using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>Tells the log at once what is wrong with preloaded accounts, instead of when somebody first wants one.</summary>
internal static class PreloadCheck
{
    /// <summary>Goes through them beside the server's work: thousands of signatures take seconds, and nobody waits for warnings.</summary>
    public static void Start(ServerCore server, NatsServerOptions options)
    {
        if (options.Operators.Count > 0 && options.ResolverPreload.Count > 0) _ = Task.Run(() => Run(server, options.ResolverPreload));
    }

    private static void Run(ServerCore server, IReadOnlyDictionary<string, string> preload)
    {
        foreach ((string key, string jwt) in preload)
        {
            if (server.IsStopping) return;
            if (!JwtReader.TryReadAccount(jwt, out AccountClaims? claims, out _))
            {
                ClaimsLog.PreloadInvalid(server.Logger, key);
                continue;
            }

            ClaimIssues issues = ClaimsValidation.Check(claims, server.Time.GetUtcNow());
            if (!issues.IsBlocking(includeTime: true)) continue;
            ClaimsLog.PreloadIssues(server.Logger, key);
            foreach (ClaimIssue issue in issues.All) ClaimsLog.PreloadIssue(server.Logger, issue.Text);
        }
    }
}
