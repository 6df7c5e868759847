using System.Text;
using DotNats.Primitives;

namespace DotNats.Configuration.Accounts;

/// <summary>An account as far as sharing goes: what it exports to whom, and the imports accepted so far.</summary>
internal sealed class AccountNode(string name)
{
    /// <summary>Accounts in a chain of imports; nats-server gives up beyond.</summary>
    private const int LongestChain = 1024;

    private readonly List<Link> _streamImports = [];
    private readonly List<Link> _serviceImports = [];
    private readonly HashSet<(AccountNode, string)> _streamSources = [];
    private readonly HashSet<(AccountNode, string)> _serviceTargets = [];

    public string Name { get; } = name;

    public Dictionary<string, ExportRule> StreamExports { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ExportRule> ServiceExports { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether <paramref name="importer"/> may import the subject: an export must cover all of it and let the account in.</summary>
    public static bool Allows(Dictionary<string, ExportRule> exports, string subject, string importer)
    {
        if (exports.TryGetValue(subject, out ExportRule? exact))
            return exact.Allows(importer, null);
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        foreach ((string exported, ExportRule rule) in exports)
        {
            if (Subjects.IsSubsetMatch(bytes, Encoding.UTF8.GetBytes(exported)))
                return rule.Allows(importer, subject.Split('.'));
        }
        return false;
    }

    /// <summary>Whether some export covers all of the subject.</summary>
    public static bool Covers(Dictionary<string, ExportRule> exports, string subject)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        return exports.ContainsKey(subject) || exports.Keys.Any(e => Subjects.IsSubsetMatch(bytes, Encoding.UTF8.GetBytes(e)));
    }

    /// <summary>Notes a stream import; false when the same was there.</summary>
    public bool AddStreamImport(AccountNode exporter, string from, string to)
    {
        if (!_streamSources.Add((exporter, from)))
            return false;
        _streamImports.Add(new Link(exporter, from, to));
        return true;
    }

    /// <summary>Notes a service import; false when the exporter already serves that subject here.</summary>
    /// <param name="from">Subject in this account.</param>
    /// <param name="to">Subject in the exporter.</param>
    public bool AddServiceImport(AccountNode exporter, string from, string to)
    {
        if (!_serviceTargets.Add((exporter, from)))
            return false;
        _serviceImports.Add(new Link(exporter, from, to));
        return true;
    }

    /// <summary>Follows messages of <paramref name="subject"/> from the account they come from; returns the reason when they come back.</summary>
    public string? FindStreamCycle(AccountNode exporter, string subject) => exporter.FollowStreams(subject, [Name]);

    public string? FindServiceCycle(AccountNode exporter, string subject) => exporter.FollowServices(subject, [Name]);

    private string? FollowStreams(string subject, HashSet<string> visited)
    {
        if (visited.Count >= LongestChain)
            return "search cycle depth exhausted";
        if (!Covers(StreamExports, subject))
            return null;
        foreach (Link link in _streamImports)
        {
            if (!Overlaps(subject, link.To))
                continue;
            if (visited.Contains(link.Exporter.Name))
                return "import forms a cycle";
            visited.Add(Name);
            string narrower = IsSubset(link.To, subject) ? link.To : subject;
            if (link.Exporter.FollowStreams(narrower, visited) is { } error)
                return error;
        }
        return null;
    }

    private string? FollowServices(string subject, HashSet<string> visited)
    {
        if (visited.Count >= LongestChain)
            return "search cycle depth exhausted";
        foreach (Link link in _serviceImports)
        {
            if (!Overlaps(subject, link.To))
                continue;
            if (visited.Contains(link.Exporter.Name))
                return "import forms a cycle";
            visited.Add(Name);
            string narrower = IsSubset(link.From, subject) ? link.From : subject;
            if (link.Exporter.FollowServices(narrower, visited) is { } error)
                return error;
        }
        return null;
    }

    private static bool Overlaps(string left, string right) =>
        left == right || Subjects.Overlaps(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    private static bool IsSubset(string narrow, string wide) =>
        Subjects.IsSubsetMatch(Encoding.UTF8.GetBytes(narrow), Encoding.UTF8.GetBytes(wide));

    /// <summary>An import: for streams From is the exporter's subject and To the importer's, for services the other way round.</summary>
    private readonly record struct Link(AccountNode Exporter, string From, string To);
}

/// <summary>Who may import an export.</summary>
internal sealed class ExportRule
{
    private readonly HashSet<string> _accounts = [];

    public int AccountTokenPosition { get; set; }

    public ServiceResponseType ResponseType { get; set; }

    public void Approve(IEnumerable<string> accounts) => _accounts.UnionWith(accounts);

    /// <param name="tokens">Tokens of the imported subject where it is not the exported one to the letter.</param>
    public bool Allows(string importer, string[]? tokens)
    {
        if (AccountTokenPosition > 0)
            return tokens is not null && AccountTokenPosition <= tokens.Length && tokens[AccountTokenPosition - 1] == importer;
        return _accounts.Count == 0 || _accounts.Contains(importer);
    }
}
