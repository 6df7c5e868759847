namespace DotNats.Server.Accounts.Resolving;

/// <summary>A resolver that has work of its own: answers requests, or asks others.</summary>
internal interface IRunningResolver : IAsyncDisposable
{
    /// <summary>The accounts are there: subscribes in the system account.</summary>
    /// <exception cref="ResolverException">What it needs is not there.</exception>
    void Start(ResolverSurroundings surroundings);

    /// <summary>The options were read again and name the same resolver.</summary>
    void Reload(IReadOnlyDictionary<string, string> preload);
}
