using System.Diagnostics.CodeAnalysis;
using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>The limits of a scoped signing key made those of one user: <c>{{name()}}</c>, <c>{{subject()}}</c>, <c>{{account-name()}}</c>,
/// <c>{{account-subject()}}</c>, <c>{{tag(x)}}</c> and <c>{{account-tag(x)}}</c> in permission lists are filled in.</summary>
/// <remarks>A tag <c>x:value</c> may be there several times: every combination becomes a subject.</remarks>
public static class ScopeTemplate
{
    /// <summary>Most subjects one list may grow to.</summary>
    public const int MaxSubjects = 4096;

    private const string AllSubjects = ">";

    /// <summary>False with the reason when a list names an operation that is none, denies something that is no subject, or grows too long.</summary>
    public static bool TryApply(
        UserLimitsClaim template, UserClaims user, AccountClaims account, [NotNullWhen(true)] out UserLimitsClaim? limits, out string? error)
    {
        Filler filler = new(user, account);
        SubjectPermission? publish = filler.Fill(template.Permissions.Publish);
        SubjectPermission? subscribe = filler.Fill(template.Permissions.Subscribe);
        error = filler.Error;
        limits = error is null ? template with { Permissions = template.Permissions with { Publish = publish, Subscribe = subscribe } } : null;
        return limits is not null;
    }

    /// <summary>Fills lists for one user; remembers the first error.</summary>
    private sealed class Filler(UserClaims user, AccountClaims account)
    {
        public string? Error { get; private set; }

        public SubjectPermission? Fill(SubjectPermission? template)
        {
            if (template is null)
                return null;
            // Compat: an allowed subject that comes to nothing is left out, a denied one refuses the user.
            IReadOnlyList<string>? allow = Fill(template.Allow, mustBeSubjects: false);
            IReadOnlyList<string>? deny = Fill(template.Deny, mustBeSubjects: true);
            // An allow list that was to restrict and has nothing left must not become none.
            bool emptied = template.Allow is { Count: > 0 } && allow is { Count: 0 };
            if (emptied && deny?.Contains(AllSubjects) != true)
                deny = [.. deny ?? [], AllSubjects];
            return new SubjectPermission { Allow = allow, Deny = deny };
        }

        // Compat: a list without any template stays as it is, whatever is in it; with one, all of its entries must be subjects, queues excluded.
        private IReadOnlyList<string>? Fill(IReadOnlyList<string>? list, bool mustBeSubjects)
        {
            if (list is null || !list.Any(entry => TemplateText.FindNext(entry, 0) is not null))
                return list;
            List<string> filled = [];
            foreach (string entry in list)
            {
                if (Error is null && Expand(entry, mustBeSubjects) is { } values)
                    AddAll(filled, entry, values, mustBeSubjects);
            }

            return filled;
        }

        // Every operation of the entry with the values it has.
        private List<(string Text, string[] Values)>? Expand(string entry, bool mustBeSubjects)
        {
            List<(string Text, string[] Values)> operations = [];
            for (string? found = TemplateText.FindNext(entry, 0, out int end); found is not null; found = TemplateText.FindNext(entry, end, out end))
            {
                if (Evaluate(entry, found, mustBeSubjects) is not { } values)
                    return null;
                operations.Add((found, values));
            }

            return operations;
        }

        private string[]? Evaluate(string entry, string found, bool mustBeSubjects)
        {
            string operation = found[2..^2].Trim();
            if (operation.Equals("name()", StringComparison.OrdinalIgnoreCase))
                return [user.Name];
            if (operation.Equals("subject()", StringComparison.OrdinalIgnoreCase))
                return [user.Subject];
            if (operation.Equals("account-name()", StringComparison.OrdinalIgnoreCase))
                return [account.Name];
            if (operation.Equals("account-subject()", StringComparison.OrdinalIgnoreCase))
                return [user.IssuerAccount];
            if (TemplateText.TryTag(operation, "tag(", out string? tag))
                return TagValues(entry, tag, user.Tags, mustBeSubjects);
            if (TemplateText.TryTag(operation, "account-tag(", out tag))
                return TagValues(entry, tag, account.Tags, mustBeSubjects);
            Error = $"template operation in {GoQuote.Quote(entry)}: {GoQuote.Quote(operation)} is not defined";
            return null;
        }

        private string[]? TagValues(string entry, string tag, IReadOnlyList<string> tags, bool mustBeSubjects)
        {
            string prefix = tag.ToLowerInvariant() + ":";
            string[] values = [.. tags.Where(t => t.StartsWith(prefix, StringComparison.Ordinal)).Select(t => t[prefix.Length..])];
            if (values.Length > 0)
                return values;
            if (mustBeSubjects)
                Error = $"generated invalid subject {GoQuote.Quote(entry)}: {GoQuote.Quote(tag)} is not defined";
            // A blank is in no subject, so that the entry comes to nothing.
            return mustBeSubjects ? null : [" "];
        }

        private void AddAll(List<string> filled, string entry, List<(string Text, string[] Values)> operations, bool mustBeSubjects)
        {
            int combinations = 1;
            foreach ((_, string[] values) in operations)
            {
                if (combinations > MaxSubjects / values.Length)
                    combinations = MaxSubjects + 1;
                else
                    combinations *= values.Length;
            }

            if (combinations > 1 && combinations > MaxSubjects - filled.Count)
            {
                Error = $"template expansion exceeds limit: {MaxSubjects}";
                return;
            }
            for (int i = 0; i < combinations && Error is null; i++)
            {
                string subject = Combine(entry, operations, i);
                if (Subjects.IsValidFilter(Encoding.UTF8.GetBytes(subject)))
                    filled.Add(subject);
                else if (mustBeSubjects)
                    Error = "generated invalid subject";
            }
        }

        // The last operation's values change fastest.
        private static string Combine(string entry, List<(string Text, string[] Values)> operations, int index)
        {
            string[] chosen = new string[operations.Count];
            for (int i = operations.Count - 1; i >= 0; i--)
            {
                (index, int at) = Math.DivRem(index, operations[i].Values.Length);
                chosen[i] = operations[i].Values[at];
            }

            string subject = entry;
            for (int i = 0; i < chosen.Length; i++)
                subject = subject.Replace(operations[i].Text, chosen[i], StringComparison.Ordinal);
            return subject;
        }
    }
}
