namespace Load.Harness;

/// <summary>How to start this program as a child: its native or host executable, else under `dotnet`.</summary>
// Not the path of the current process: that may be a test runner.
internal static class SelfExecutable
{
    private static readonly string Beside = Path.Combine(AppContext.BaseDirectory, "Load");

    internal static string File { get; } = System.IO.File.Exists(Beside) ? Beside : "dotnet";

    internal static string[] LeadingArguments { get; } = System.IO.File.Exists(Beside) ? [] : [$"{Beside}.dll"];
}
