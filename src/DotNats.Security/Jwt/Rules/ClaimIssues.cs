namespace DotNats.Security;

/// <summary>How bad an issue is.</summary>
public enum ClaimIssueLevel
{
    /// <summary>Advice.</summary>
    Warning,

    /// <summary>Expired or not yet valid.</summary>
    Time,

    /// <summary>The claims cannot be used.</summary>
    Error,
}

/// <summary>Something wrong with claims, in nats-server's words.</summary>
public readonly record struct ClaimIssue(ClaimIssueLevel Level, string Text);

/// <summary>All that is wrong with claims.</summary>
public sealed class ClaimIssues
{
    private readonly List<ClaimIssue> _all = [];

    public IReadOnlyList<ClaimIssue> All => _all;

    public IEnumerable<string> Errors => _all.Where(issue => issue.Level == ClaimIssueLevel.Error).Select(issue => issue.Text);

    /// <summary>True when the claims must be refused.</summary>
    public bool IsBlocking(bool includeTime) => _all.Exists(issue => issue.Level == ClaimIssueLevel.Error || (includeTime && issue.Level == ClaimIssueLevel.Time));

    internal void Error(string text) => _all.Add(new ClaimIssue(ClaimIssueLevel.Error, text));

    internal void Time(string text) => _all.Add(new ClaimIssue(ClaimIssueLevel.Time, text));

    internal void Warning(string text) => _all.Add(new ClaimIssue(ClaimIssueLevel.Warning, text));
}
