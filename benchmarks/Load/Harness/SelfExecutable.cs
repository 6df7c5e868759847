namespace Load.Harness;

/// <summary>How to start this program again as a child, natively published or under `dotnet`.</summary>
internal static class SelfExecutable
{
    internal static string File { get; } = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is unknown");

    internal static string[] LeadingArguments { get; } =
        Path.GetFileNameWithoutExtension(File) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "Load.dll")] : [];
}
