namespace DotNats.Server.Accounts;

/// <summary>One account while a plan is worked out: what it exports to whom, and the imports accepted so far.</summary>
internal sealed class SharingNode(string name, Account? account)
{
    public string Name { get; } = name;

    /// <summary>Null where terms are only checked.</summary>
    public Account? Account { get; } = account;

    /// <summary>What it declared in this plan; null for an account that stays as it is.</summary>
    public SharingTerms? Terms { get; set; }

    public Dictionary<string, StreamExport> StreamExports { get; private set; } = new(StringComparer.Ordinal);

    public Dictionary<string, ServiceExport> ServiceExports { get; private set; } = new(StringComparer.Ordinal);

    public List<StreamImport> StreamImports { get; } = [];

    public List<ServiceImport> ServiceImports { get; } = [];

    public bool IsComplete { get; set; } = true;

    /// <summary>An account that takes no part in the plan, as it is.</summary>
    public static SharingNode Settled(Account account)
    {
        AccountSharing sharing = account.Sharing;
        var node = new SharingNode(account.Name, account)
        {
            StreamExports = new Dictionary<string, StreamExport>(sharing.StreamExports, StringComparer.Ordinal),
            ServiceExports = new Dictionary<string, ServiceExport>(sharing.ServiceExports, StringComparer.Ordinal),
        };
        node.StreamImports.AddRange(sharing.StreamImports);
        node.ServiceImports.AddRange(sharing.ServiceImports);
        return node;
    }

    /// <summary>The export a subject is imported by: one that says it to the letter, or the first that covers it.</summary>
    public static T? FindExport<T>(Dictionary<string, T> exports, string subject)
        where T : class, IExport
    {
        if (exports.TryGetValue(subject, out T? exact)) return exact;
        foreach (T export in exports.Values)
        {
            if (ImportSubjects.HasWildcards(export.Subject) && ImportSubjects.IsSubset(subject, export.Subject)) return export;
        }

        return null;
    }

    public AccountSharing ToSharing() => new()
    {
        Terms = Terms!,
        StreamExports = StreamExports,
        ServiceExports = ServiceExports,
        StreamImports = [.. StreamImports],
        ServiceImports = [.. ServiceImports],
        IsComplete = IsComplete,
    };
}
