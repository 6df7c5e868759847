namespace DotNats.Server.Accounts;

/// <summary>Who may import an export. Immutable.</summary>
internal sealed class ExportAccess
{
    private static readonly IReadOnlySet<string> Nobody = new HashSet<string>();

    private ExportAccess(ExportTerms terms, int accountTokenPosition, IReadOnlySet<string> approved)
    {
        Terms = terms;
        AccountTokenPosition = accountTokenPosition;
        Approved = approved;
    }

    public ExportTerms Terms { get; }

    public bool TokenRequired => Terms.TokenRequired;

    /// <summary>Accounts that may; where nothing else is asked for, none means all.</summary>
    public IReadOnlySet<string> Approved { get; }

    /// <summary>Token of the subject, from 1, that must be the importer's name; 0 for none.</summary>
    public int AccountTokenPosition { get; }

    /// <summary>The access of an export; one of an earlier export of the same subject is widened.</summary>
    public static ExportAccess Of(ExportTerms terms, IEnumerable<string> approved, ExportAccess? earlier)
    {
        int position = terms.Export.AccountTokenPosition > 0 ? terms.Export.AccountTokenPosition : earlier?.AccountTokenPosition ?? 0;
        var all = new HashSet<string>([.. earlier?.Approved ?? Nobody, .. approved], StringComparer.Ordinal);
        return new ExportAccess(terms, position, all.Count == 0 ? Nobody : all);
    }

    /// <param name="importer">The account that wants it.</param>
    /// <param name="tokens">Tokens of the imported subject where it is not the exported one to the letter.</param>
    /// <param name="hasActivation">Asked only where a token is required.</param>
    public bool Allows(string importer, string[]? tokens, Func<ExportTerms, bool> hasActivation)
    {
        if (AccountTokenPosition > 0) return tokens is not null && AccountTokenPosition <= tokens.Length && tokens[AccountTokenPosition - 1] == importer;
        if (TokenRequired) return hasActivation(Terms);
        return Approved.Count == 0 || Approved.Contains(importer);
    }
}

/// <summary>A subject whose messages other accounts may have. Immutable.</summary>
internal sealed record StreamExport(string Subject, ExportAccess Access) : IExport;

/// <summary>A subject under which other accounts may make requests. Immutable.</summary>
internal sealed record ServiceExport(string Subject, ExportAccess Access) : IExport
{
    // What nats-server allows a service that says nothing of it.
    public static readonly TimeSpan DefaultResponseThreshold = TimeSpan.FromMinutes(2);

    public ServiceResponseType ResponseType { get; init; }

    /// <summary>How long the way back for a response is kept.</summary>
    public TimeSpan ResponseThreshold { get; init; } = DefaultResponseThreshold;

    /// <summary>How it is measured; null for not at all.</summary>
    public ServiceLatencyOptions? Latency { get; init; }

    public bool AllowTrace { get; init; }
}

/// <summary>What exports of both kinds have.</summary>
internal interface IExport
{
    string Subject { get; }

    ExportAccess Access { get; }
}
