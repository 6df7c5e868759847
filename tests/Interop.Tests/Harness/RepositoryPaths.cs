namespace Interop.Tests;

/// <summary>Where this checkout keeps what the tests run.</summary>
public static class RepositoryPaths
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>What tests/peers/install fetched.</summary>
    public static string Peers { get; } = Environment.GetEnvironmentVariable("DOTNATS_PEERS") ?? Path.Combine(Root, ".peers");

    public static string PeerSources { get; } = Path.Combine(Root, "tests", "peers");

    public static string Conversations { get; } = Path.Combine(Root, "tests", "Interop.Tests", "Conversations");

    private static string FindRoot(string start)
    {
        for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "DotNats.slnx")))
                return folder;
        }

        throw new DirectoryNotFoundException($"No DotNats.slnx above {start}.");
    }
}
