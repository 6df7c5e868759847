namespace DotNats.Server.Monitoring;

/// <summary>Requests of each HTTP endpoint, shown in <c>/varz</c> as <c>http_req_stats</c>.</summary>
// Owner: any request's thread counts. Lifetime: the server's.
public sealed class EndpointHits
{
    // Compat: /stacksz, /ipqueuesz, /raftz and /debug/vars are not counted; the base path is left out.
    private static readonly string[] Paths =
        ["/", "/accountz", "/accstatz", "/connz", "/gatewayz", "/healthz", "/jsz", "/leafz", "/routez", "/subsz", "/varz"];

    private readonly long[] _counts = new long[Paths.Length];

    /// <summary>Counts one request; a path that is not counted does nothing.</summary>
    public void Count(string path)
    {
        int index = Array.IndexOf(Paths, path);
        if (index >= 0) Interlocked.Increment(ref _counts[index]);
    }

    /// <summary>Endpoints that were asked, by name.</summary>
    public IReadOnlyDictionary<string, long> ToDictionary()
    {
        // Sorted where they are declared, and a dictionary that nothing was removed from keeps its order.
        Dictionary<string, long> hits = [];
        for (int i = 0; i < Paths.Length; i++)
        {
            long count = Volatile.Read(ref _counts[i]);
            if (count > 0) hits.Add(Paths[i], count);
        }

        return hits;
    }
}
