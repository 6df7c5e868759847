namespace DotNats.Server.Accounts;

/// <summary>What one account offers to others and takes from them at one moment. Immutable; an account's is replaced whole.</summary>
internal sealed record AccountSharing
{
    public static readonly AccountSharing None = new();

    public SharingTerms Terms { get; init; } = SharingTerms.None;

    public IReadOnlyDictionary<string, StreamExport> StreamExports { get; init; } = new Dictionary<string, StreamExport>();

    public IReadOnlyDictionary<string, ServiceExport> ServiceExports { get; init; } = new Dictionary<string, ServiceExport>();

    public StreamImport[] StreamImports { get; init; } = [];

    public ServiceImport[] ServiceImports { get; init; } = [];

    /// <summary>False while something it imports cannot be had.</summary>
    public bool IsComplete { get; init; } = true;
}
