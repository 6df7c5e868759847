using Xunit;

namespace Interop.Tests;

/// <summary>Programs of others that tests talk to; a test whose peer is absent is skipped and says why.</summary>
public static class Peers
{
    public static void RequireNode() => Require("node", Path.Combine(RepositoryPaths.Peers, "node", ".complete"));

    public static void RequireLibnats()
    {
        Require("toolchain", "/usr/bin/gcc");
        Require("libnats", Path.Combine(RepositoryPaths.Peers, "libnats", ".complete"));
    }

    public static void RequireMqtt() => Require("mqtt", Path.Combine(RepositoryPaths.Peers, "mqtt", ".complete"));

    /// <summary>The real server, in the release line whose behaviour we match.</summary>
    public static async Task<ServerExecutable> RequireRealServerAsync()
    {
        Require("nats-server", Path.Combine(RepositoryPaths.Peers, "nats-server", "usr", "sbin", "nats-server"));
        Version version = await ServerExecutable.Real!.VersionAsync();
        Assert.SkipUnless(version is { Major: 2, Minor: 15 }, $"needs a real nats-server 2.15, found {version}");
        return ServerExecutable.Real;
    }

    private static void Require(string name, string file)
    {
        string reason = Path.Combine(RepositoryPaths.Peers, name + ".missing");
        Assert.SkipUnless(File.Exists(file), $"needs {name}: {(File.Exists(reason) ? File.ReadAllText(reason).Trim() : "run tests/peers/install")}");
    }
}
