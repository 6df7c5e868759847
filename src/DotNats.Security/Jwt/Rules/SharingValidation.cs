using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>Whether imports and exports of an account's claims make sense. Whether the other account agrees is not known here.</summary>
internal static class SharingValidation
{
    public static void CheckExports(IReadOnlyList<ExportClaim> exports, ClaimIssues issues)
    {
        foreach (ExportClaim export in exports)
            CheckExport(export, issues);
        CheckOverlap(exports, SharingKind.Service, issues);
        CheckOverlap(exports, SharingKind.Stream, issues);
    }

    public static void CheckImports(IReadOnlyList<ImportClaim> imports, string account, ClaimIssues issues)
    {
        Dictionary<string, List<string[]>> services = new(StringComparer.Ordinal);
        foreach (ImportClaim import in imports)
        {
            if (import.Kind == SharingKind.Service)
                CheckOverlap(import, services, issues);
            CheckImport(import, account, issues);
        }
    }

    /// <summary>One import of that account, its activation included, whose times are not looked at.</summary>
    public static void CheckImport(ImportClaim import, string account, ClaimIssues issues)
    {
        if (import.Kind == SharingKind.Unknown)
            issues.Error("invalid import type: \"unknown\"");
        if (import.Kind == SharingKind.Service && import.AllowTrace)
            issues.Error("AllowTrace only valid for stream import");
        if (import.Account.Length == 0)
            issues.Error("account to import from is not specified");
        if (import.To.Length > 0)
            issues.Warning("the field to has been deprecated (use LocalSubject instead)");
        ClaimSubject.Check(import.Subject, issues);
        if (import.LocalSubject.Length > 0)
        {
            ClaimSubject.CheckRenaming(import.LocalSubject, import.Subject, issues);
            if (import.To.Length > 0)
                issues.Error("Local Subject replaces To");
        }
        if (import.Share && import.Kind != SharingKind.Service)
            issues.Error($"sharing information (for latency tracking) is only valid for services: {GoQuote.Quote(import.Subject)}");
        if (import.Token.Length == 0)
            return;
        if (JwtReader.TryReadActivation(import.Token, out ActivationClaims? activation, out _))
            CheckToken(import, activation, account, issues);
        else
            issues.Error($"import {GoQuote.Quote(import.Subject)} contains an invalid activation token");
    }

    private static void CheckToken(ImportClaim import, ActivationClaims activation, string account, ClaimIssues issues)
    {
        if (activation.Issuer != import.Account && activation.IssuerAccount != import.Account)
            issues.Error($"activation token doesn't match account for import {GoQuote.Quote(import.Subject)}");
        if (activation.Subject != account)
            issues.Error($"activation token doesn't match account it is being included in, {GoQuote.Quote(import.Subject)}");
        if (activation.ImportKind != import.Kind)
            issues.Error($"mismatch between token import type {Word(activation.ImportKind)} and type of import {Word(import.Kind)}");
        ClaimsValidation.CheckActivation(activation, issues);
        string subject = import.Kind == SharingKind.Service && import.To.Length > 0 ? import.To : import.Subject;
        if (!ClaimSubject.IsContainedIn(subject.Split('.'), activation.ImportSubject.Split('.')))
            issues.Error($"activation token import subject {GoQuote.Quote(activation.ImportSubject)} doesn't match import {GoQuote.Quote(import.Subject)}");
    }

    private static void CheckExport(ExportClaim export, ClaimIssues issues)
    {
        bool isService = export.Kind == SharingKind.Service;
        if (export.Kind == SharingKind.Unknown)
            issues.Error("invalid export type: \"unknown\"");
        if (isService && export.ResponseType is not ("" or "Singleton" or "Stream" or "Chunked"))
            issues.Error($"invalid response type for service: {GoQuote.Quote(export.ResponseType)}");
        if (export.Kind == SharingKind.Stream && export.ResponseType.Length > 0)
            issues.Error($"invalid response type for stream: {GoQuote.Quote(export.ResponseType)}");
        if (export.Kind == SharingKind.Stream && export.AllowTrace)
            issues.Error("AllowTrace only valid for service export");
        if (export.Latency is { } latency)
            CheckLatency(latency, isService, issues);
        if (export.ResponseThreshold < TimeSpan.Zero)
            issues.Error("negative response threshold is invalid");
        if (export.ResponseThreshold > TimeSpan.Zero && !isService)
            issues.Error("response threshold only valid for services");
        ClaimSubject.Check(export.Subject, issues);
        if (export.AccountTokenPosition > 0)
            CheckTokenPosition(export, issues);
        AccountValidation.CheckInfo(export.Description, export.InfoUrl, issues);
    }

    private static void CheckLatency(LatencyClaim latency, bool isService, ClaimIssues issues)
    {
        if (!isService)
            issues.Error("latency tracking only permitted for services");
        if (latency.Sampling is < 0 or > 100)
            issues.Error("sampling percentage needs to be between 1-100");
        ClaimSubject.Check(latency.Results, issues);
        if (ClaimSubject.HasWildcards(latency.Results))
            issues.Error("results subject can not contain wildcards");
    }

    private static void CheckTokenPosition(ExportClaim export, ClaimIssues issues)
    {
        uint position = export.AccountTokenPosition;
        string[] tokens = export.Subject.Split('.');
        if (!ClaimSubject.HasWildcards(export.Subject))
            issues.Error($"Account Token Position can only be used with wildcard subjects: {export.Subject}");
        else if (position > tokens.Length)
            issues.Error($"Account Token Position {position} exceeds length of subject '{export.Subject}'");
        else if (tokens[position - 1] != "*")
            issues.Error($"Account Token Position {position} matches '{tokens[position - 1]}' but must match a * in: {export.Subject}");
    }

    private static void CheckOverlap(IReadOnlyList<ExportClaim> exports, SharingKind kind, ClaimIssues issues)
    {
        // Compat: what is no service counts as a stream here.
        string[][] subjects = [.. exports.Where(e => (e.Kind == SharingKind.Service) == (kind == SharingKind.Service)).Select(e => e.Subject.Split('.'))];
        HashSet<string> reported = new(StringComparer.Ordinal);
        for (int i = 0; i < subjects.Length; i++)
        {
            for (int j = 0; j < subjects.Length; j++)
            {
                if (i == j || !ClaimSubject.IsContainedIn(subjects[i], subjects[j]))
                    continue;
                string container = string.Join('.', subjects[j]);
                if (reported.Add(container))
                    issues.Error($"{Word(kind)} export subject {GoQuote.Quote(container)} already exports {GoQuote.Quote(string.Join('.', subjects[i]))}");
            }
        }
    }

    private static void CheckOverlap(ImportClaim import, Dictionary<string, List<string[]>> services, ClaimIssues issues)
    {
        string subject = import.To.Length > 0 ? import.To : ClaimSubject.WithoutReferences(import.LocalSubject);
        if (subject.Length == 0)
            subject = import.Subject;
        string[] tokens = subject.Split('.');
        if (!services.TryGetValue(import.Account, out List<string[]>? others))
            services[import.Account] = others = [];
        foreach (string[] other in others)
        {
            if (ClaimSubject.IsContainedIn(tokens, other) || ClaimSubject.IsContainedIn(other, tokens))
                issues.Error($"overlapping subject namespace for {GoQuote.Quote(subject)} and {GoQuote.Quote(string.Join('.', other))} in same account {GoQuote.Quote(import.Account)}");
        }

        others.Add(tokens);
    }

    private static string Word(SharingKind kind) => kind switch
    {
        SharingKind.Stream => "stream",
        SharingKind.Service => "service",
        _ => "unknown",
    };
}
