using System.Text;
using DotNats.Configuration.Language;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Configuration.Accounts;

/// <summary>Checks that what accounts import is exported to them and that no message can run in a circle.</summary>
internal sealed class SharingRules
{
    private readonly Dictionary<string, AccountNode> _accounts = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private readonly bool _hasSystemAccount;

    private SharingRules(IReadOnlyList<AccountOptions> accounts, bool hasSystemAccount)
    {
        _hasSystemAccount = hasSystemAccount;
        foreach (AccountOptions account in accounts)
            _accounts.TryAdd(account.Name, new AccountNode(account.Name));
    }

    /// <summary>All that is wrong, in nats-server's words: first exports, then imports, streams before services.</summary>
    /// <param name="hasSystemAccount">False when it is turned off; then nothing can be measured.</param>
    public static IReadOnlyList<string> Check(IReadOnlyList<AccountOptions> accounts, bool hasSystemAccount)
    {
        SharingRules rules = new(accounts, hasSystemAccount);
        rules.ForEach(accounts, a => a.Exports.Where(e => !e.IsService), rules.AddStreamExport);
        rules.ForEach(accounts, a => a.Exports.Where(e => e.IsService), rules.AddServiceExport);
        rules.ForEach(accounts, a => a.Imports.Where(i => !i.IsService), rules.AddStreamImport);
        rules.ForEach(accounts, a => a.Imports.Where(i => i.IsService), rules.AddServiceImport);
        return rules._errors;
    }

    private void ForEach<T>(IReadOnlyList<AccountOptions> accounts, Func<AccountOptions, IEnumerable<T>> items, Func<AccountNode, T, string?> add)
    {
        foreach (AccountOptions account in accounts)
        {
            foreach (T item in items(account))
            {
                if (add(_accounts[account.Name], item) is { } error)
                    _errors.Add(error);
            }
        }
    }

    private string? AddStreamExport(AccountNode account, AccountExport export) =>
        AddExport(account.StreamExports, export, "stream") is { } error
            ? $"Error adding stream export {GoText.Quote(export.Subject)}: {error}"
            : null;

    private string? AddServiceExport(AccountNode account, AccountExport export)
    {
        string subject = GoText.Quote(export.Subject);
        if (AddExport(account.ServiceExports, export, "service") is { } error)
            return $"Error adding service export {subject}: {error}";
        if (export.ResponseType != ServiceResponseType.Singleton)
            account.ServiceExports[export.Subject].ResponseType = export.ResponseType;
        if (export.Latency is not { } latency)
            return null;
        if (!_hasSystemAccount)
            return $"Error adding service latency sampling for {subject}: system account not setup";
        return CheckLatency(account, export.Subject, latency) is { } reason
            ? $"Error adding service latency sampling for {subject} on subject {GoText.Quote(latency.Subject)}: {reason}"
            : null;
    }

    private static string? CheckLatency(AccountNode account, string service, ServiceLatencyOptions latency)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(latency.Subject);
        if (!Subjects.IsValidFilter(bytes) || !Subjects.IsLiteral(bytes) || AccountNode.Covers(account.ServiceExports, latency.Subject))
            return "invalid publish subject";
        return account.ServiceExports[service].ResponseType == ServiceResponseType.Singleton ? null : "bad service response type";
    }

    private string? AddExport(Dictionary<string, ExportRule> exports, AccountExport export, string kind)
    {
        foreach (string unknown in (export.Accounts ?? []).Where(a => !_accounts.ContainsKey(a)))
            _errors.Add($"{GoText.Quote(unknown)} account not defined for {kind} export");
        int position = export.AccountTokenPosition;
        string[] tokens = export.Subject.Split('.');
        if (position > 0 && (tokens.Length < position || tokens[position - 1] != "*"))
            return "sublist: invalid subject";
        if (!exports.TryGetValue(export.Subject, out ExportRule? rule))
            exports[export.Subject] = rule = new ExportRule();
        rule.AccountTokenPosition = position > 0 ? position : rule.AccountTokenPosition;
        rule.Approve((export.Accounts ?? []).Where(_accounts.ContainsKey));
        return null;
    }

    private string? AddStreamImport(AccountNode account, AccountImport import)
    {
        if (!_accounts.TryGetValue(import.Account, out AccountNode? exporter))
            return $"{GoText.Quote(import.Account)} account not defined for stream import";
        return CheckStreamImport(account, exporter, import) is { } error
            ? $"Error adding stream import {GoText.Quote(import.Subject)}: {error}"
            : null;
    }

    private static string? CheckStreamImport(AccountNode account, AccountNode exporter, AccountImport import)
    {
        string from = import.Subject;
        if (!Subjects.IsValidFilter(Encoding.UTF8.GetBytes(from)) || !AccountNode.Allows(exporter.StreamExports, from, account.Name))
            return "stream import not authorized";
        string to = import.To ?? from;
        if (import.Prefix is { } prefix)
        {
            if (!Subjects.IsLiteral(Encoding.UTF8.GetBytes(prefix)))
                return "stream import prefix can not contain wildcard tokens";
            to = prefix.EndsWith('.') ? prefix + from : $"{prefix}.{from}";
        }
        if ((account.FindStreamCycle(exporter, to) ?? account.FindStreamCycle(exporter, from)) is { } cycle)
            return cycle;
        if (HasWildcards(from) && to != from)
        {
            if (!SubjectTransform.TryCreate(from, TransformText.Tokenize(to), strict: true, out _, out string? error))
                return $"failed to create mapping transform for stream import subject from {GoText.Quote(from)} to {GoText.Quote(to)}: {error}";
            to = TransformText.Untokenize(to);
        }
        return account.AddStreamImport(exporter, from, to) ? null : "stream import already exists";
    }

    private string? AddServiceImport(AccountNode account, AccountImport import)
    {
        if (!_accounts.TryGetValue(import.Account, out AccountNode? exporter))
            return $"{GoText.Quote(import.Account)} account not defined for service import";
        return CheckServiceImport(account, exporter, import.To ?? import.Subject, import.Subject) is { } error
            ? $"Error adding service import {GoText.Quote(import.Subject)}: {error}"
            : null;
    }

    private static string? CheckServiceImport(AccountNode account, AccountNode exporter, string from, string to)
    {
        if (!Subjects.IsValidFilter(Encoding.UTF8.GetBytes(from)) || !Subjects.IsValidFilter(Encoding.UTF8.GetBytes(to)))
            return "sublist: invalid subject";
        if (!AccountNode.Allows(exporter.ServiceExports, to, account.Name))
            return "service import not authorized";
        bool wild = HasWildcards(to);
        if (account.FindServiceCycle(exporter, wild ? TransformText.Untokenize(from) : from) is { } cycle)
            return cycle;
        if (wild && to != from)
        {
            to = TransformText.Untokenize(to);
            if (!SubjectTransform.TryCreate(to, TransformText.Tokenize(from), strict: true, out _, out string? error))
                return $"failed to create mapping transform for service import subject from {GoText.Quote(from)} to {GoText.Quote(to)}: {error}";
            from = TransformText.Untokenize(from);
        }
        return account.AddServiceImport(exporter, from, to)
            ? null
            : $"duplicate service import subject {GoText.Quote(from)}, previously used in import for account {GoText.Quote(exporter.Name)}, "
                + $"subject {GoText.Quote(to)}";
    }

    private static bool HasWildcards(string subject) => Subjects.HasWildcards(Encoding.UTF8.GetBytes(subject));
}
