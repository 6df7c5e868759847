namespace DotNats.Server.Accounts.Resolving;

/// <summary>A system account whose JWT is not there yet, so that somebody can push it: stands in for it, and looks for it every second.</summary>
internal static class SystemAccountBootstrap
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task StartAsync(ServerCore server, OperatorAccounts accounts, string key)
    {
        await accounts.BootstrapAsync(key, server.Options.Operators[0].Subject).ConfigureAwait(false);
        ResolverLog.Bootstrapping(server.Logger);
        _ = RunAsync(server, accounts, key);
    }

    private static async Task RunAsync(ServerCore server, OperatorAccounts accounts, string key)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, server.Time, server.Stopping).ConfigureAwait(false);
                IAccountResolver resolver = accounts.Resolver;
                string? jwt = resolver.TryGet(key, out string? known) ? known : (await resolver.FetchAsync(key, server.Stopping).ConfigureAwait(false)).Jwt;
                if (jwt is null || await accounts.ApplyAsync(jwt).ConfigureAwait(false) is not null) continue;
                ResolverLog.SystemAccountFetched(server.Logger);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
