using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>
/// Works out what accounts share: exports first, then imports, streams before services, each checked against who may import it and against
/// circles. Nothing is changed meanwhile; who has the plan puts it in force.
/// </summary>
/// <remarks>Used for configurations, with accounts that exist only as names, and for claims, with accounts that run.</remarks>
// Owner: whoever makes it, for one piece of work.
internal sealed class SharingPlan
{
    private readonly Dictionary<string, SharingNode> _nodes = new(StringComparer.Ordinal);
    private readonly List<SharingNode> _declared = [];
    private readonly List<string> _errors = [];
    private readonly ImportCycles _cycles;
    private readonly Func<string, Account?> _findSettled;

    /// <param name="findSettled">An account that takes no part but may be imported from; null where all are declared.</param>
    public SharingPlan(Func<string, Account?>? findSettled = null)
    {
        _findSettled = findSettled ?? (static _ => null);
        _cycles = new ImportCycles(Find);
    }

    /// <summary>False when the system account is turned off; then nothing can be measured.</summary>
    public bool HasSystemAccount { get; init; } = true;

    /// <summary>Exports may name only declared accounts.</summary>
    public bool RequiresKnownAccounts { get; init; } = true;

    /// <summary>Judges activation tokens; nobody has one without.</summary>
    public ActivationCheck? Activations { get; init; }

    /// <summary>All that is wrong, in nats-server's words. What is wrong is left out of the plan.</summary>
    public IReadOnlyList<string> Errors => _errors;

    public IReadOnlyList<SharingNode> Declared => _declared;

    /// <param name="account">Null where terms are only checked.</param>
    public void Declare(string name, Account? account, SharingTerms terms)
    {
        var node = new SharingNode(name, account) { Terms = terms };
        if (_nodes.TryAdd(name, node)) _declared.Add(node);
    }

    /// <summary>Works out everything declared.</summary>
    public void Work()
    {
        ForEach(static node => node.Terms!.Exports.Where(terms => !terms.Export.IsService), AddStreamExport);
        ForEach(static node => node.Terms!.Exports.Where(terms => terms.Export.IsService), AddServiceExport);
        ForEach(static node => node.Terms!.Imports.Where(terms => !terms.Import.IsService), AddStreamImport);
        ForEach(static node => node.Terms!.Imports.Where(terms => terms.Import.IsService), AddServiceImport);
    }

    private void ForEach<T>(Func<SharingNode, IEnumerable<T>> items, Func<SharingNode, T, string?> add)
    {
        foreach (SharingNode node in _declared)
        {
            foreach (T item in items(node))
            {
                if (add(node, item) is not { } error) continue;
                node.IsComplete = false;
                _errors.Add(error);
            }
        }
    }

    private SharingNode? Find(string name)
    {
        if (_nodes.TryGetValue(name, out SharingNode? node)) return node;
        if (_findSettled(name) is not { } account) return null;
        return _nodes[name] = SharingNode.Settled(account);
    }

    private string? AddStreamExport(SharingNode node, ExportTerms terms)
    {
        string subject = terms.Export.Subject;
        node.StreamExports.TryGetValue(subject, out StreamExport? earlier);
        if (Access(terms, earlier?.Access, "stream", out ExportAccess? access) is { } error)
            return $"Error adding stream export {GoQuote.Quote(subject)}: {error}";
        node.StreamExports[subject] = new StreamExport(subject, access!);
        return null;
    }

    private string? AddServiceExport(SharingNode node, ExportTerms terms)
    {
        AccountExport wanted = terms.Export;
        string quoted = GoQuote.Quote(wanted.Subject);
        node.ServiceExports.TryGetValue(wanted.Subject, out ServiceExport? earlier);
        if (Access(terms, earlier?.Access, "service", out ExportAccess? access) is { } error) return $"Error adding service export {quoted}: {error}";
        ServiceExport export = earlier is null ? new ServiceExport(wanted.Subject, access!) : earlier with { Access = access! };
        if (wanted.ResponseType != ServiceResponseType.Singleton) export = export with { ResponseType = wanted.ResponseType };
        if (wanted.ResponseThreshold is { } threshold) export = export with { ResponseThreshold = threshold };
        node.ServiceExports[wanted.Subject] = export with { AllowTrace = export.AllowTrace || wanted.AllowTrace };
        if (wanted.Latency is not { } latency) return null;
        if (!HasSystemAccount) return $"Error adding service latency sampling for {quoted}: system account not setup";
        if (LatencyError(node, export, latency) is { } reason)
            return $"Error adding service latency sampling for {quoted} on subject {GoQuote.Quote(latency.Subject)}: {reason}";
        node.ServiceExports[wanted.Subject] = node.ServiceExports[wanted.Subject] with { Latency = latency };
        return null;
    }

    private static string? LatencyError(SharingNode node, ServiceExport export, ServiceLatencyOptions latency)
    {
        bool valid = ImportSubjects.IsValid(latency.Subject) && !ImportSubjects.HasWildcards(latency.Subject);
        // Measurements that are requests to a service would be measured in turn.
        if (!valid || SharingNode.FindExport(node.ServiceExports, latency.Subject) is not null) return "invalid publish subject";
        return export.ResponseType == ServiceResponseType.Singleton ? null : "bad service response type";
    }

    private string? Access(ExportTerms terms, ExportAccess? earlier, string kind, out ExportAccess? access)
    {
        access = null;
        AccountExport export = terms.Export;
        var approved = new List<string>();
        foreach (string account in export.Accounts ?? [])
        {
            if (!RequiresKnownAccounts || _nodes.ContainsKey(account)) approved.Add(account);
            else _errors.Add($"{GoQuote.Quote(account)} account not defined for {kind} export");
        }

        string[] tokens = export.Subject.Split('.');
        int position = export.AccountTokenPosition;
        if (position > 0 && (tokens.Length < position || tokens[position - 1] != "*")) return "sublist: invalid subject";
        access = ExportAccess.Of(terms, approved, earlier);
        return null;
    }

    private string? AddStreamImport(SharingNode node, ImportTerms terms)
    {
        AccountImport wanted = terms.Import;
        if (Find(wanted.Account) is not { } exporter) return $"{GoQuote.Quote(wanted.Account)} account not defined for stream import";
        return PlanStreamImport(node, exporter, terms) is { } error ? $"Error adding stream import {GoQuote.Quote(wanted.Subject)}: {error}" : null;
    }

    private string? PlanStreamImport(SharingNode node, SharingNode exporter, ImportTerms terms)
    {
        AccountImport wanted = terms.Import;
        string from = wanted.Subject;
        if (!ImportSubjects.IsValid(from) || !IsAllowed(node, exporter, terms, SharingNode.FindExport(exporter.StreamExports, from)))
            return "stream import not authorized";
        string to = wanted.To ?? from;
        if (wanted.Prefix is { } prefix)
        {
            if (ImportSubjects.HasWildcards(prefix)) return "stream import prefix can not contain wildcard tokens";
            to = prefix.EndsWith('.') ? prefix + from : $"{prefix}.{from}";
        }

        if ((_cycles.FindInStreams(node.Name, exporter, to) ?? _cycles.FindInStreams(node.Name, exporter, from)) is { } cycle) return cycle;
        SubjectTransform? transform = null;
        if (ImportSubjects.HasWildcards(from) && to != from)
        {
            if (!SubjectTransform.TryCreate(from, TransformText.Tokenize(to), strict: true, out transform, out string? error))
                return $"failed to create mapping transform for stream import subject from {GoQuote.Quote(from)} to {GoQuote.Quote(to)}: {error}";
            to = TransformText.Untokenize(to);
        }

        if (node.StreamImports.Exists(import => import.ExporterName == exporter.Name && import.From == from)) return "stream import already exists";
        node.StreamImports.Add(new StreamImport(exporter.Name, exporter.Account, from, to, transform, wanted.AllowTrace));
        return null;
    }

    private string? AddServiceImport(SharingNode node, ImportTerms terms)
    {
        AccountImport wanted = terms.Import;
        if (Find(wanted.Account) is not { } exporter) return $"{GoQuote.Quote(wanted.Account)} account not defined for service import";
        return PlanServiceImport(node, exporter, terms) is { } error ? $"Error adding service import {GoQuote.Quote(wanted.Subject)}: {error}" : null;
    }

    private string? PlanServiceImport(SharingNode node, SharingNode exporter, ImportTerms terms)
    {
        AccountImport wanted = terms.Import;
        (string local, string remote) = (wanted.To ?? wanted.Subject, wanted.Subject);
        if (!ImportSubjects.IsValid(local) || !ImportSubjects.IsValid(remote)) return "sublist: invalid subject";
        ServiceExport? export = SharingNode.FindExport(exporter.ServiceExports, remote);
        if (!IsAllowed(node, exporter, terms, export)) return "service import not authorized";
        bool wild = ImportSubjects.HasWildcards(remote);
        if (_cycles.FindInServices(node.Name, exporter, wild ? TransformText.Untokenize(local) : local) is { } cycle) return cycle;
        SubjectTransform? transform = null;
        if (wild && remote != local)
        {
            remote = TransformText.Untokenize(remote);
            if (ImportSubjects.MakeServiceTransform(local, remote, out transform) is { } error)
                return $"failed to create mapping transform for service import subject from {GoQuote.Quote(local)} to {GoQuote.Quote(remote)}: {error}";
            local = TransformText.Untokenize(local);
        }

        if (node.ServiceImports.Find(import => import.ExporterName == exporter.Name && import.Local == local) is { } earlier)
            return $"duplicate service import subject {GoQuote.Quote(local)}, previously used in import for account {GoQuote.Quote(exporter.Name)}, subject {GoQuote.Quote(earlier.Remote)}";
        node.ServiceImports.Add(new ServiceImport(exporter.Name, exporter.Account, export, local, remote, transform) { Share = wanted.Share });
        return null;
    }

    private bool IsAllowed(SharingNode importer, SharingNode exporter, ImportTerms terms, IExport? export)
    {
        if (export is null) return false;
        string subject = terms.Import.Subject;
        return export.Access.Allows(importer.Name, export.Subject == subject ? null : subject.Split('.'), HasActivation);

        bool HasActivation(ExportTerms exported) => Activations?.Invoke(importer.Name, terms, exporter.Name, exported) ?? false;
    }
}
