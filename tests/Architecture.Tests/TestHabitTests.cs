using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace Architecture.Tests;

/// <summary>Tests wait for conditions. Only the helper that polls one may pause.</summary>
public sealed class TestHabitTests(Repository repository)
{
    private const string PollingHelper = "Eventually";

    private static readonly string[] Pauses = ["Thread.Sleep", "Task.Delay", "SpinWait.SpinUntil"];

    [Fact]
    public void Tests_do_not_sleep_for_luck()
    {
        var sleeps = from source in repository.SourcesUnder("tests/")
                     from call in source.Tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
                     where Pauses.Contains(call.Expression.ToString())
                     let type = call.Ancestors().OfType<TypeDeclarationSyntax>().FirstOrDefault()?.Identifier.Text
                     where type != PollingHelper
                     select $"{SourceFile.At(call)}: {call}";
        sleeps.ShouldBeEmpty();
    }

    [Fact]
    public void Every_library_has_its_own_test_project()
    {
        var tested = repository.ProjectsUnder("tests/").SelectMany(project => project.ProjectReferences).ToHashSet();
        repository.ProjectsUnder("src/").Select(project => project.Name).Where(name => !tested.Contains(name)).ShouldBeEmpty();
    }
}
