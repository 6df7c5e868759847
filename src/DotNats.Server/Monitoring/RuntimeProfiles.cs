using System.Globalization;

namespace DotNats.Server.Monitoring;

/// <summary>Go's profiles of a process, as far as a .NET process can tell the like of itself: of the diagnostics port and of requests alike.</summary>
// Compat: names are Go's and so are their users' tools; the contents are text, which those tools cannot read.
internal static class RuntimeProfiles
{
    /// <summary>Those there are, by name.</summary>
    public static IReadOnlyList<RuntimeProfile> Available { get; } =
    [
        new("allocs", "Allocations since the start; the same figures as heap", RuntimeReports.Heap),
        new("goroutine", "The same as threads", RuntimeReports.Threads),
        new("heap", "Figures of the garbage collector; gc=1 collects first", RuntimeReports.Heap),
        new("mutex", "How often a lock was waited for", static () => string.Create(CultureInfo.InvariantCulture, $"lock contentions: {Monitor.LockContentionCount}\n")),
        new("threadcreate", "The same as threads", RuntimeReports.Threads),
        new("threads", "Threads of this process, the busiest first, and what the thread pool has to do", RuntimeReports.Threads),
    ];

    /// <summary>Profiles of Go that .NET cannot make of itself.</summary>
    public static IReadOnlyList<string> Impossible { get; } = ["block", "goroutineleak"];

    public static RuntimeProfile? Find(string name) => Available.FirstOrDefault(profile => profile.Name == name);
}

/// <param name="Description">What it holds.</param>
/// <param name="Read">Its text at this moment.</param>
internal sealed record RuntimeProfile(string Name, string Description, Func<string> Read);
