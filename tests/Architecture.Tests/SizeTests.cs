using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace Architecture.Tests;

/// <summary>Files and methods have walls. What already stands beyond one is written in size-ratchet.txt and may only shrink.</summary>
public sealed class SizeTests(Repository repository)
{
    private const int FileWallLines = 500;
    private const int MethodWallLines = 70;
    private const string RatchetPath = "tests/Architecture.Tests/size-ratchet.txt";

    [Fact]
    public void No_file_grows_beyond_its_wall() => Judge("file", FileWallLines, repository.Sources.Select(source => (source.Path, source.LineCount)));

    [Fact]
    public void No_method_grows_beyond_its_wall() => Judge("method", MethodWallLines, repository.Sources.SelectMany(Methods));

    // Beyond the wall is a failure unless the ratchet names it with exactly this size: growth fails, and so does a line that is out of date.
    private void Judge(string kind, int wall, IEnumerable<(string Name, int Lines)> measured)
    {
        Dictionary<string, int> allowed = ReadRatchet(kind);
        var beyond = measured.Where(item => item.Lines > wall).GroupBy(item => item.Name).ToDictionary(group => group.Key, group => group.Max(item => item.Lines));

        beyond.Where(item => !allowed.ContainsKey(item.Key)).Select(item => $"{item.Key}: {item.Value} lines, wall {wall}").ShouldBeEmpty();
        beyond.Where(item => item.Value > allowed[item.Key]).Select(item => $"{item.Key} grew from {allowed[item.Key]} to {item.Value} lines").ShouldBeEmpty();
        allowed.Where(item => beyond.GetValueOrDefault(item.Key) < item.Value)
            .Select(item => $"{item.Key} shrank to {beyond.GetValueOrDefault(item.Key)}: lower or remove its line in {RatchetPath}").ShouldBeEmpty();
    }

    // Lines read "file|method <name> <lines>".
    private Dictionary<string, int> ReadRatchet(string kind) =>
        repository.Read(RatchetPath).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(' '))
            .Where(words => words[0] == kind)
            .ToDictionary(words => words[1], words => int.Parse(words[2]));

    // A local function counts with the method around it: what one reads is the whole.
    private static IEnumerable<(string Name, int Lines)> Methods(SourceFile source) =>
        from node in source.Tree.GetRoot().DescendantNodes()
        where node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax
        let span = source.Tree.GetLineSpan(node.Span)
        select ($"{source.Path}:{NameOf(node)}", span.EndLinePosition.Line - span.StartLinePosition.Line + 1);

    private static string NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text + ".ctor",
        OperatorDeclarationSyntax @operator => "operator" + @operator.OperatorToken.Text,
        AccessorDeclarationSyntax accessor => accessor.Parent?.Parent switch
        {
            PropertyDeclarationSyntax property => property.Identifier.Text,
            EventDeclarationSyntax @event => @event.Identifier.Text,
            _ => "this",
        } + "." + accessor.Keyword.Text,
        _ => node.Kind().ToString(),
    };
}
