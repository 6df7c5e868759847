using System.Buffers;
using System.Text;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Configuration.Validation;

/// <summary>Domains must make subjects, and a cluster needs names.</summary>
internal static class JetStreamRules
{
    private const string GlobalAccount = "$G";

    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\r\n\f.*>");

    public static void Check(NatsServerOptions options, List<string> errors)
    {
        JetStreamOptions jetStream = options.JetStream;
        CheckDefaultDomains(options, errors);
        if (jetStream.Domain is { } domain)
            CheckDomain(domain, errors);
        if (!jetStream.Enabled || options.Cluster is not { Port: not 0 } cluster)
            return;
        if (options.ServerName is null)
            errors.Add("jetstream cluster requires `server_name` to be set");
        if (cluster.Name is null && options.Gateway?.Name is null)
            errors.Add("jetstream cluster requires `cluster.name` to be set");
        string hint = jetStream.ExtensionHint.ToLowerInvariant();
        if (hint is not ("" or "will_extend" or "no_extend"))
            errors.Add($"expected 'no_extend' for string value, got '{hint}'");
        if (jetStream.MaxOutstandingCatchupBytes < 0)
            errors.Add("jetstream max catchup cannot be negative");
    }

    private static void CheckDomain(string domain, List<string> errors)
    {
        if (!IsSubject(domain))
            errors.Add($"invalid domain name: derived {GoQuote.Quote($"$JS.{domain}.API.>")} is not a valid subject");
        else if (domain.AsSpan().ContainsAny(NotInNames))
            errors.Add("invalid domain name: may not contain ., * or >");
    }

    private static void CheckDefaultDomains(NatsServerOptions options, List<string> errors)
    {
        string system = options.SystemAccount ?? "$SYS";
        foreach ((string account, string domain) in options.JetStream.DefaultDomains)
        {
            if (CheckAccount(options, account, domain) is { } error)
                errors.Add(error);
            else if (account == system)
                errors.Add($"system account {GoQuote.Quote(account)} can not be in default_js_domain");
            else if (domain.Length > 0 && !IsSubject(domain))
                errors.Add($"default_js_domain contains account {GoQuote.Quote(account)} with invalid domain name {GoQuote.Quote(domain)}");
        }
    }

    private static string? CheckAccount(NatsServerOptions options, string account, string domain)
    {
        if (options.Operators.Count > 0)
        {
            return NKey.IsPublicKey(account, NKeyKind.Account)
                ? null
                : $"default_js_domain contains account name {GoQuote.Quote(account)}, which is not a valid public account nkey";
        }
        if (account == GlobalAccount)
            return null;
        AccountOptions? found = options.Accounts.FirstOrDefault(a => a.Name == account);
        if (found is null)
            return $"in non operator mode, `default_js_domain` references non existing account {GoQuote.Quote(account)}";
        return found.JetStream is not null && domain.Length > 0
            ? $"default_js_domain contains account name {GoQuote.Quote(account)} with enabled JetStream"
            : null;
    }

    private static bool IsSubject(string domain) => Subjects.IsValidFilter(Encoding.UTF8.GetBytes($"$JS.{domain}.API.>"));
}
