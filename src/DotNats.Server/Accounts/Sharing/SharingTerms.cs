namespace DotNats.Server.Accounts;

/// <summary>What an account offers and takes, as configured or as its claims say.</summary>
internal sealed record SharingTerms
{
    public static readonly SharingTerms None = new();

    public IReadOnlyList<ExportTerms> Exports { get; init; } = [];

    public IReadOnlyList<ImportTerms> Imports { get; init; } = [];

    public static SharingTerms Of(AccountOptions options) => options.Exports.Count == 0 && options.Imports.Count == 0
        ? None
        : new SharingTerms
        {
            Exports = [.. options.Exports.Select(export => new ExportTerms(export))],
            Imports = [.. options.Imports.Select(import => new ImportTerms(import))],
        };
}

/// <summary>An export, and what only claims can ask for.</summary>
internal sealed record ExportTerms(AccountExport Export)
{
    /// <summary>Importers must show an activation token.</summary>
    public bool TokenRequired { get; init; }

    /// <summary>Importers whose activations issued until then do not count any more; null for none.</summary>
    public IReadOnlyDictionary<string, DateTime>? RevokedActivations { get; init; }
}

/// <summary>An import, and what only claims can bring.</summary>
internal sealed record ImportTerms(AccountImport Import)
{
    /// <summary>JWT by which the exporter lets the importer in; null for none.</summary>
    public string? ActivationToken { get; init; }
}

/// <summary>Whether an activation token lets <paramref name="importer"/> in.</summary>
internal delegate bool ActivationCheck(string importer, ImportTerms import, string exporter, ExportTerms export);
