using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace Architecture.Tests;

/// <summary>Embedded first: below the executable nothing belongs to the process.</summary>
public sealed class EmbeddingTests(Repository repository)
{
    [Fact]
    public void No_library_has_static_mutable_fields()
    {
        var mutable = from source in repository.SourcesUnder("src/")
                      from field in source.Tree.GetRoot().DescendantNodes().OfType<FieldDeclarationSyntax>()
                      where field.Modifiers.Any(SyntaxKind.StaticKeyword) && !field.Modifiers.Any(SyntaxKind.ReadOnlyKeyword)
                      select $"{SourceFile.At(field)}: {field.Declaration}";
        mutable.ShouldBeEmpty();
    }

    [Fact]
    public void No_library_has_static_settable_properties()
    {
        var settable = from source in repository.SourcesUnder("src/")
                       from property in source.Tree.GetRoot().DescendantNodes().OfType<PropertyDeclarationSyntax>()
                       where property.Modifiers.Any(SyntaxKind.StaticKeyword)
                       where property.AccessorList?.Accessors.Any(accessor => accessor.IsKind(SyntaxKind.SetAccessorDeclaration)) == true
                       select $"{SourceFile.At(property)}: {property.Identifier}";
        settable.ShouldBeEmpty();
    }

    [Fact]
    public void No_library_touches_console_exit_or_other_processes() => repository.Model.UsesOf(AnyFile, IsProcessWide).ShouldBeEmpty();

    // The executable passes signals, culture and pool settings; a guest in somebody's process must not.
    private static bool IsProcessWide(ISymbol symbol) => TypeNameOf(symbol) switch
    {
        "System.Console" or "System.Diagnostics.Process" or "System.Runtime.InteropServices.PosixSignalRegistration" => true,
        "System.Environment" => symbol.Name is "Exit" or "FailFast" or "SetEnvironmentVariable" or "ExitCode",
        "System.Threading.ThreadPool" => symbol.Name is "SetMinThreads" or "SetMaxThreads",
        "System.Globalization.CultureInfo" => symbol.Name is "DefaultThreadCurrentCulture" or "DefaultThreadCurrentUICulture",
        "System.Runtime.GCSettings" => symbol.Name is "LatencyMode",
        _ => false,
    };

    private static bool AnyFile(SourceFile file) => true;

    private static string? TypeNameOf(ISymbol symbol) => (symbol as INamedTypeSymbol ?? symbol.ContainingType)?.ToDisplayString();
}
