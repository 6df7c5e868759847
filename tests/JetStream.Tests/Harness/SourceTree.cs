namespace JetStream.Tests.Harness;

/// <summary>The checkout these tests were built in: paths that the compiler knows are rewritten in reproducible builds.</summary>
internal static class SourceTree
{
    /// <summary>Full path of what lies at a path below the root.</summary>
    public static string At(string path)
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "DotNats.slnx"))) directory = directory.Parent;
        return Path.Combine(directory?.FullName ?? throw new InvalidOperationException("the tests do not run inside their checkout"), path);
    }
}
