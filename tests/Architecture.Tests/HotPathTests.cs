using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace Architecture.Tests;

/// <summary>What may not appear where every message passes, and where locks and unsafe code may live.</summary>
public sealed class HotPathTests(Repository repository)
{
    private static readonly string[] HotFolders =
        ["src/DotNats.Protocol/", "src/DotNats.Server/Connections/", "src/DotNats.Server/Routing/", "src/DotNats.Storage/"];

    private static readonly string[] UnsafePlaces = ["src/DotNats.Primitives/", "src/DotNats.Storage/Format/"];

    // Types that own a lock. The first two are leaves: no await, call-back, I/O, log or second lock beneath; docs/adr/0010 says
    // why the third writes, docs/adr/0020 why message logs have one (FileLogWriter and FileLogAnswers take that of their FileLog), docs/adr/0026 why the redo journal holds one over a
    // sync. Another type needs an ADR, then a line here.
    private static readonly string[] LockOwners = ["Outbound", "SubscriptionTable", "LogDestination", "FileLog", "FileLogWriter", "FileLogAnswers", "MemoryLog", "RedoJournal"];

    private static readonly string[] LockCalls = ["Enter", "TryEnter", "EnterScope", "EnterReadLock", "EnterWriteLock", "EnterUpgradeableReadLock"];

    [Fact]
    public void Hot_folders_use_no_linq()
    {
        repository.Model.UsesOf(InHotFolder, symbol => symbol.ContainingType?.ToDisplayString() == "System.Linq.Enumerable").ShouldBeEmpty();
        repository.SourcesUnder(HotFolders).SelectMany(source => source.Tree.GetRoot().DescendantNodes().OfType<QueryExpressionSyntax>())
            .Select(SourceFile.At).ShouldBeEmpty();
    }

    [Fact]
    public void Unsafe_code_lives_only_where_it_is_tested_against_a_safe_twin()
    {
        var uses = from source in repository.SourcesUnder("src/", "apps/")
                   where !UnsafePlaces.Any(place => source.Path.StartsWith(place, StringComparison.Ordinal))
                   from token in source.Tree.GetRoot().DescendantTokens()
                   where token.IsKind(SyntaxKind.UnsafeKeyword) && token.Parent is not null
                   select SourceFile.At(token.Parent!);
        uses.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_named_types_lock()
    {
        var locks = from source in repository.SourcesUnder("src/")
                    where !source.Path.StartsWith("src/DotNats.Primitives/", StringComparison.Ordinal)
                    from node in source.Tree.GetRoot().DescendantNodes()
                    where node is LockStatementSyntax || IsLockCall(node)
                    let type = node.Ancestors().OfType<TypeDeclarationSyntax>().FirstOrDefault()?.Identifier.Text ?? "?"
                    where !LockOwners.Contains(type)
                    select $"{SourceFile.At(node)}: {type}";
        locks.ShouldBeEmpty();
    }

    // Entering another object's named lock, as in connection.Outbound.Enter(), is that owner's lock.
    private static bool IsLockCall(SyntaxNode node) =>
        node is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access }
        && LockCalls.Contains(access.Name.Identifier.Text)
        && !LockOwners.Contains(access.Expression.ToString().Split('.')[^1]);

    private static bool InHotFolder(SourceFile file) => HotFolders.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal));
}
