using Shouldly;
using Xunit;

namespace Architecture.Tests;

/// <summary>An assembly exists to forbid a reference: this is the table of what is allowed.</summary>
public sealed class ReferenceTests(Repository repository)
{
    // Assembly, then everything it may name in a project reference. Each line's tail may be used transitively too.
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["DotNats.Primitives"] = [],
        ["DotNats.Protocol"] = ["DotNats.Primitives"],
        ["DotNats.Security"] = ["DotNats.Primitives"],
        ["DotNats.Storage"] = ["DotNats.Primitives"],
        ["DotNats.Server"] = ["DotNats.Primitives", "DotNats.Protocol", "DotNats.Security"],
        ["DotNats.Links"] = ["DotNats.Server"],
        ["DotNats.JetStream"] = ["DotNats.Server", "DotNats.Storage"],
        ["DotNats.Replication"] = ["DotNats.JetStream", "DotNats.Storage"],
        ["DotNats.Mqtt"] = ["DotNats.Server", "DotNats.JetStream"],
        ["DotNats"] = ["DotNats.Server", "DotNats.Links", "DotNats.JetStream", "DotNats.Replication", "DotNats.Mqtt"],
        ["DotNats.Http"] = ["DotNats"],
        ["DotNats.Client"] = ["DotNats.Primitives", "DotNats.Protocol", "DotNats.Security"],
        ["DotNats.Extensions.Hosting"] = ["DotNats", "DotNats.Http", "DotNats.Client"],
        ["DotNats.Testing"] = ["DotNats", "DotNats.Http", "DotNats.Client"],
    };

    // Packages below the executable; another one needs an ADR that says why, what it weighs and who keeps it.
    private static readonly Dictionary<string, string[]> MayUsePackages = new()
    {
        ["DotNats.Security"] = ["BouncyCastle.Cryptography"],
        ["DotNats.Storage"] = ["BouncyCastle.Cryptography", "Microsoft.Extensions.Logging.Abstractions"],
        ["DotNats.JetStream"] = ["Microsoft.Extensions.Logging.Abstractions"],
        ["DotNats.Mqtt"] = ["Microsoft.Extensions.Logging.Abstractions"],
        ["DotNats.Server"] = ["Microsoft.Extensions.Logging.Abstractions"],
        ["DotNats"] = ["Microsoft.Extensions.Logging.Abstractions"],
        ["DotNats.Http"] = ["Microsoft.Extensions.Logging.Abstractions"],
    };

    private static readonly string[] BuildOnlyPackages =
        ["Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.CodeAnalysis.PublicApiAnalyzers"];

    [Fact]
    public void Every_library_has_a_line_in_the_reference_table() =>
        repository.ProjectsUnder("src/").Select(project => project.Name).ShouldBeSubsetOf(MayReference.Keys);

    [Fact]
    public void Libraries_reference_only_what_the_table_allows()
    {
        var forbidden = from project in repository.ProjectsUnder("src/")
                        from reference in project.ProjectReferences
                        where !MayReference.GetValueOrDefault(project.Name, []).Contains(reference)
                        select $"{project.Name} -> {reference}";
        forbidden.ShouldBeEmpty();
    }

    [Fact]
    public void Libraries_use_only_agreed_packages()
    {
        var surprising = from project in repository.ProjectsUnder("src/")
                         from package in project.PackageReferences.Except(BuildOnlyPackages)
                         where !MayUsePackages.GetValueOrDefault(project.Name, []).Contains(package)
                         select $"{project.Name} uses {package}";
        surprising.ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_http_room_brings_in_a_shared_framework()
    {
        var projects = repository.ProjectsUnder("src/").Where(project => project.Name != "DotNats.Http");
        projects.SelectMany(project => project.FrameworkReferences.Append(project.Sdk).Select(name => (project.Name, name)))
            .Where(use => use.name != "Microsoft.NET.Sdk").ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_http_room_names_aspnet()
    {
        repository.SourcesUnder("src/", "apps/")
            .Where(source => !source.Path.StartsWith("src/DotNats.Http/", StringComparison.Ordinal))
            .Where(source => source.Text.Contains("Microsoft.AspNetCore", StringComparison.Ordinal))
            .Select(source => source.Path).ShouldBeEmpty();
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        string solution = repository.Read("DotNats.slnx");
        repository.Projects.Where(project => !solution.Contains($"\"{project.Path}\"", StringComparison.Ordinal))
            .Select(project => project.Path).ShouldBeEmpty();
    }
}
