using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests;

/// <summary>Answers which framework members a file of src/ uses.</summary>
/// <remarks>All files are bound as one program against this process's own framework. Code that source generators would add
/// is absent, which leaves a few names unbound and no framework call unseen.</remarks>
public sealed class SourceModel
{
    // What ImplicitUsings adds to a Microsoft.NET.Sdk project.
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private readonly CSharpCompilation _compilation;
    private readonly IReadOnlyList<SourceFile> _files;

    public SourceModel(IReadOnlyList<SourceFile> files)
    {
        _files = files;
        string platform = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        _compilation = CSharpCompilation.Create(
            "all-of-src",
            [.. files.Select(file => file.Tree), CSharpSyntaxTree.ParseText(ImplicitUsings)],
            platform.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
    }

    /// <summary>Every use of a member for which <paramref name="isBanned"/> holds, as "path:line: member".</summary>
    public IEnumerable<string> UsesOf(Func<SourceFile, bool> inFile, Func<ISymbol, bool> isBanned)
    {
        foreach (SourceFile file in _files.Where(inFile))
        {
            SemanticModel model = _compilation.GetSemanticModel(file.Tree);
            foreach (SimpleNameSyntax name in file.Tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (MeaningOf(model, name) is { } symbol && isBanned(symbol))
                    yield return $"{SourceFile.At(name)}: {symbol.ToDisplayString()}";
            }
        }
    }

    // An unbound call (a generated overload is missing) still has candidates: the first tells the type.
    private static ISymbol? MeaningOf(SemanticModel model, SimpleNameSyntax name)
    {
        SymbolInfo info = model.GetSymbolInfo(name);
        ISymbol? symbol = info.Symbol ?? (info.CandidateSymbols.IsEmpty ? null : info.CandidateSymbols[0]);
        return symbol is IMethodSymbol { ReducedFrom: { } extension } ? extension : symbol;
    }
}
