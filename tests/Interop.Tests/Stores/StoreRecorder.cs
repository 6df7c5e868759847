using Xunit;

namespace Interop.Tests;

/// <summary>Records stores of the server that <c>DOTNATS_RECORD</c> names, when it is asked to; see CONTRIBUTING.md.</summary>
public sealed class StoreRecorder
{
    [Theory(Explicit = true)]
    [InlineData("plain", false)]
    [InlineData("plain", true)]
    [InlineData("chacha", false)]
    [InlineData("aes", false)]
    public async Task Record(string cipher, bool isKilled)
    {
        ServerExecutable real = ServerExecutable.At(Environment.GetEnvironmentVariable("DOTNATS_RECORD") ?? throw new InvalidOperationException("DOTNATS_RECORD names no server"));
        Version version = await real.VersionAsync();
        string name = $"{version.Major}.{version.Minor}-{cipher}{(isKilled ? "-killed" : "")}";
        string directory = Directory.CreateTempSubdirectory("dotnats-stores-").FullName;
        try
        {
            await RecordAsync(real, name, directory, isOld: version.Minor < 10, isKilled);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool WasWrittenSince(string directory, DateTime time) =>
        new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Any(file => file.LastWriteTimeUtc > time);

    private static async Task RecordAsync(ServerExecutable real, string name, string directory, bool isOld, bool isKilled)
    {
        string dump;
        await using (StoreSession session = await StoreSession.StartAsync(real, directory, RecordedStores.CipherOf(name)))
        {
            await new StoreContent(session.Connection, isOld).WriteAsync();
            dump = await StoreDump.ReadAsync(session.Connection);
            // What is killed has to have written what it acknowledged: it does that within a moment.
            if (isKilled) await Eventually.HoldsAsync(() => !WasWrittenSince(directory, DateTime.UtcNow - TimeSpan.FromSeconds(3)), "all is written");
            else await session.StopAsync();
        }

        RecordedStores.Pack(name, directory);
        if (isKilled)
        {
            // What it finds itself: limits per subject are enforced anew, and it wrote nothing of what they had removed.
            await using StoreSession again = await StoreSession.StartAsync(real, directory, RecordedStores.CipherOf(name));
            dump = await StoreDump.ReadAsync(again.Connection);
        }

        await File.WriteAllTextAsync(RecordedStores.DumpOf(name), dump);
    }
}
