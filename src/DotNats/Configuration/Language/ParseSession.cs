namespace DotNats.Configuration.Language;

/// <summary>What the parsers of one configuration share: files, environment, and the bounds on what one file may pull in.</summary>
internal sealed class ParseSession(IConfigFileSystem files, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>Values a configuration may have, repetitions by variables included; 10,000 accounts of 10 users have about a million.</summary>
    public const long MaxValues = 1L << 26;

    // Depth costs stack, number costs time: both far above what anybody writes by hand or by generator.
    private const int MaxDepth = 64;
    private const int MaxIncludes = 10_000;
    private const int MaxEnvironmentReads = 100_000;

    private readonly HashSet<string> _openVariables = [];
    private readonly HashSet<string> _openIncludes = [];
    private int _includes;
    private int _environmentReads;

    public IConfigFileSystem Files { get; } = files;

    public IReadOnlyDictionary<string, string> Environment { get; } = environment;

    /// <summary>Notes that an environment variable is being read; returns why it must not be, or null.</summary>
    public string? EnterVariable(string name)
    {
        if (_openVariables.Contains(name))
            return $"variable reference cycle for '{name}'";
        if (_openVariables.Count >= MaxDepth || ++_environmentReads > MaxEnvironmentReads)
            return "too many references between environment variables";
        _openVariables.Add(name);
        return null;
    }

    public void LeaveVariable(string name) => _openVariables.Remove(name);

    /// <summary>Notes that a file is being read; returns why it must not be, or null.</summary>
    public string? EnterInclude(string path)
    {
        if (_openIncludes.Contains(path))
            return $"the file includes itself: {path}";
        if (_openIncludes.Count >= MaxDepth || ++_includes > MaxIncludes)
            return "too many files included";
        _openIncludes.Add(path);
        return null;
    }

    public void LeaveInclude(string path) => _openIncludes.Remove(path);
}
