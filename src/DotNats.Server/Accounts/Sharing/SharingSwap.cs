namespace DotNats.Server.Accounts;

/// <summary>Puts a plan in force, account by account.</summary>
internal static class SharingSwap
{
    public static void Run(IReadOnlyList<SharingNode> nodes)
    {
        foreach (SharingNode node in nodes)
        {
            Account account = node.Account!;
            AccountSharing planned = node.ToSharing();
            account.Apply(planned with { StreamImports = Keep(account.Sharing.StreamImports, planned.StreamImports) });
        }
    }

    // Imports that have not changed stay the same objects, so that their shadows stay; an array that has not changed costs nothing at all.
    private static StreamImport[] Keep(StreamImport[] before, StreamImport[] after)
    {
        StreamImport[] kept = [.. after.Select(import => Array.Find(before, import.IsSameAs) ?? import)];
        return kept.AsSpan().SequenceEqual(before) ? before : kept;
    }
}
