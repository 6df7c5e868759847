using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Architecture.Tests;

/// <summary>This repository as text: where it is, its projects and its C# files, each read and parsed once.</summary>
public sealed class Repository
{
    private readonly Lazy<IReadOnlyList<SourceFile>> _sources;
    private readonly Lazy<IReadOnlyList<Project>> _projects;
    private readonly Lazy<SourceModel> _model;

    public Repository()
    {
        Root = FindRoot(AppContext.BaseDirectory);
        _sources = new(() => [.. FilesNamed("*.cs").Select(path => new SourceFile(Relative(path), File.ReadAllText(path)))]);
        _projects = new(() => [.. FilesNamed("*.csproj").Select(path => new Project(Relative(path), File.ReadAllText(path)))]);
        _model = new(() => new SourceModel([.. SourcesUnder("src/")]));
    }

    public string Root { get; }

    public IReadOnlyList<SourceFile> Sources => _sources.Value;

    public IReadOnlyList<Project> Projects => _projects.Value;

    /// <summary>All of src/ bound as one program, so that a rule can ask what a name means.</summary>
    public SourceModel Model => _model.Value;

    public IEnumerable<SourceFile> SourcesUnder(params string[] folders) =>
        Sources.Where(source => folders.Any(folder => source.Path.StartsWith(folder, StringComparison.Ordinal)));

    public IEnumerable<Project> ProjectsUnder(string folder) =>
        Projects.Where(project => project.Path.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>Files of the working tree by pattern; build output, fetched programs and hidden folders left out.</summary>
    public IEnumerable<string> FilesNamed(string pattern)
    {
        return Walk(Root).OrderBy(path => path, StringComparer.Ordinal);

        IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder, pattern)
            .Concat(Directory.EnumerateDirectories(folder).Where(IsOurs).SelectMany(Walk));

        static bool IsOurs(string folder) =>
            Path.GetFileName(folder) is var name && name[0] != '.' && name is not ("bin" or "obj" or "artifacts" or "node_modules" or "TestResults");
    }

    public string Read(string relativePath) => File.ReadAllText(Path.Combine(Root, relativePath));

    public string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

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

/// <summary>One C# file, path relative to the repository with forward slashes.</summary>
public sealed class SourceFile(string path, string text)
{
    private readonly Lazy<SyntaxTree> _tree = new(() => CSharpSyntaxTree.ParseText(text, CSharpParseOptions.Default, path));

    public string Path => path;

    public string Text => text;

    public SyntaxTree Tree => _tree.Value;

    public int LineCount => text.AsSpan().TrimEnd('\n').Count('\n') + 1;

    /// <summary>"path:line" of a node, to click on in a failure.</summary>
    public static string At(SyntaxNode node)
    {
        FileLinePositionSpan span = node.SyntaxTree.GetLineSpan(node.Span);
        return $"{span.Path}:{span.StartLinePosition.Line + 1}";
    }
}
