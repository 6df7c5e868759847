using System.Diagnostics;
using Xunit;

namespace Interop.Tests;

/// <summary>The official C client. The steps are in tests/peers/c, compiled once per test run.</summary>
public sealed class LibnatsClientTests(LibnatsProgram program) : IClassFixture<LibnatsProgram>
{
    public static TheoryData<string> Scenarios => [.. ScenarioCatalog.Libnats.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Libnats(string scenario)
    {
        Peers.RequireLibnats();
        await ScenarioProgram.RunAsync(await program.PathAsync(), [], ScenarioCatalog.Libnats.Single(one => one.Name == scenario));
    }
}

/// <summary>The scenario program, compiled against the fetched libnats when a test first needs it.</summary>
public sealed class LibnatsProgram : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-libnats-").FullName;
    private readonly Lazy<Task<string>> _path;

    public LibnatsProgram() => _path = new(CompileAsync);

    public Task<string> PathAsync() => _path.Value;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task<string> CompileAsync()
    {
        string program = Path.Combine(_directory, "scenario");
        string libnats = Path.Combine(RepositoryPaths.Peers, "libnats");
        string libraries = Path.GetDirectoryName(Directory.GetFiles(libnats, "libnats.so", SearchOption.AllDirectories)[0])!;
        ProcessStartInfo start = new("gcc") { RedirectStandardError = true };
        string[] arguments =
        [
            "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-o", program,
            "-I", Path.Combine(libnats, "usr", "include"),
            .. Directory.GetFiles(Path.Combine(RepositoryPaths.PeerSources, "c"), "*.c"),
            // The old kind of run path also serves what libnats itself needs.
            "-L", libraries, "-lnats", "-lpthread", "-Wl,--disable-new-dtags", $"-Wl,-rpath,{libraries}", $"-Wl,-rpath-link,{libraries}",
        ];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process gcc = Process.Start(start)!;
        string errors = await gcc.StandardError.ReadToEndAsync();
        await gcc.WaitForExitAsync();
        return gcc.ExitCode == 0 ? program : throw new InvalidOperationException($"gcc failed:\n{errors}");
    }
}
