using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>What docs/security.md shows is what our server does, and what the real one does.</summary>
public sealed class DocumentExampleTests
{
    private static readonly IReadOnlyDictionary<string, string> Examples = DocumentExample.In("docs/security.md");

    public static TheoryData<string> Headings => [.. Examples.Keys];

    [Theory]
    [MemberData(nameof(Headings))]
    public async Task Our_server_does_what_the_document_shows(string heading) =>
        LineDiff.ShouldBeSame(await new Conversation(Examples[heading]).HoldAsync(ServerExecutable.UnderTest), Examples[heading]);

    [Theory]
    [MemberData(nameof(Headings))]
    public async Task Real_server_does_what_the_document_shows(string heading) =>
        LineDiff.ShouldBeSame(await new Conversation(Examples[heading]).HoldAsync(await Peers.RequireRealServerAsync()), Examples[heading]);

    [Fact]
    public void The_document_has_examples() => Examples.Count.ShouldBeGreaterThan(5);
}
