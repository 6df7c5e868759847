using DotNats.Security;
using DotNats.Server.Authentication;
using DotNats.Server.Tracing;

namespace DotNats.Server.Accounts;

/// <summary>From claims to what an account runs with: limits, exports and imports, mappings.</summary>
internal static class ClaimedTerms
{
    private static readonly AccountLimitOptions Nothing = new() { MaxConnections = 0, MaxSubscriptions = 0, MaxPayloadBytes = 0, MaxLeafNodes = 0 };

    /// <summary>Puts the claims of these accounts in force, all together. One update at a time.</summary>
    public static void Apply(ServerCore server, IEnumerable<Account> accounts)
    {
        Dictionary<Account, SharingTerms> terms = [];
        foreach (Account account in accounts)
        {
            if (account.Claims is not { } claims) continue;
            account.NKey = account.Name;
            account.Limits = LimitsOf(claims);
            account.Mappings = claims.IsDeleted ? null : MappingsOf(claims.Claims, server.Options.Cluster?.Name);
            account.Tracing = AccountTracing.Of(claims.Claims.Trace);
            terms[account] = TermsOf(claims);
        }

        foreach (string error in server.Accounts.UpdateSharing(terms, new Activations(server).Allows))
            ClaimsLog.ImportRefused(server.Logger, string.Join(", ", terms.Keys.Select(static account => account.Name)), error);
        foreach (Account account in terms.Keys) server.JetStream?.OnAccountChanged(account);
    }

    /// <summary>Time until something in the claims runs out that is good now: the account itself, or the activation of an import; null for never.</summary>
    public static TimeSpan? Remaining(ServerCore server, ClaimedAccount account)
    {
        DateTimeOffset now = server.Time.GetUtcNow();
        TimeSpan? left = JwtValidity.Remaining(account.Claims, now);
        foreach (ImportClaim import in account.Claims.Imports)
        {
            if (import.Token.Length == 0 || !JwtReader.TryReadActivation(import.Token, out ActivationClaims? activation, out _)) continue;
            if (JwtValidity.Remaining(activation, now) is { } activationLeft && activationLeft > TimeSpan.Zero) left = JwtValidity.Earlier(left, activationLeft);
        }

        return left;
    }

    public static AccountLimitOptions LimitsOf(ClaimedAccount account)
    {
        if (account.IsDeleted) return Nothing;
        AccountLimitsClaim limits = account.Claims.Limits;
        return new AccountLimitOptions
        {
            MaxConnections = UserIdentities.ToLimit(limits.Connections),
            MaxSubscriptions = UserIdentities.ToLimit(limits.Subscriptions),
            MaxPayloadBytes = UserIdentities.ToLimit(limits.PayloadBytes),
            MaxLeafNodes = UserIdentities.ToLimit(limits.LeafNodes),
        };
    }

    public static SharingTerms TermsOf(ClaimedAccount account) => new()
    {
        Exports = [.. account.Claims.Exports.Where(static export => export.Kind != SharingKind.Unknown).Select(ExportOf)],
        // Compat: what a deleted account offered stays there for others, what it took from them goes.
        Imports = account.IsDeleted ? [] : [.. account.Claims.Imports.Where(static import => import.Kind != SharingKind.Unknown).Select(ImportOf)],
    };

    private static ExportTerms ExportOf(ExportClaim claim)
    {
        bool isService = claim.Kind == SharingKind.Service;
        AccountExport export = new()
        {
            Subject = claim.Subject,
            IsService = isService,
            AccountTokenPosition = (int)Math.Min(claim.AccountTokenPosition, int.MaxValue),
            ResponseType = claim.ResponseType switch
            {
                "Stream" => ServiceResponseType.Stream,
                "Chunked" => ServiceResponseType.Chunked,
                _ => ServiceResponseType.Singleton,
            },
            ResponseThreshold = claim.ResponseThreshold > TimeSpan.Zero ? claim.ResponseThreshold : null,
            Latency = isService && claim.Latency is { } latency ? new ServiceLatencyOptions { Subject = latency.Results, Sampling = latency.Sampling } : null,
            AllowTrace = claim.AllowTrace,
        };
        return new ExportTerms(export)
        {
            TokenRequired = claim.TokenRequired,
            RevokedActivations = claim.Revocations.Count == 0
                ? null
                : claim.Revocations.ToDictionary(pair => pair.Key, pair => ToMoment(pair.Value), StringComparer.Ordinal),
        };
    }

    private static ImportTerms ImportOf(ImportClaim claim) => new(claim.Kind == SharingKind.Service ? ServiceOf(claim) : StreamOf(claim))
    {
        ActivationToken = claim.Token.Length == 0 ? null : claim.Token,
    };

    // Compat: "to" of a stream is a prefix, the local subject the whole of it.
    private static AccountImport StreamOf(ImportClaim claim) => new()
    {
        Account = claim.Account,
        Subject = claim.Subject,
        To = NullIfEmpty(claim.LocalSubject),
        Prefix = claim.LocalSubject.Length > 0 ? null : NullIfEmpty(claim.To),
        AllowTrace = claim.AllowTrace,
    };

    // Compat: "subject" is the importer's name of a service and "to" the exporter's, unless there is a local subject, which turns them round.
    private static AccountImport ServiceOf(ImportClaim claim) => new()
    {
        Account = claim.Account,
        IsService = true,
        Subject = claim.LocalSubject.Length > 0 || claim.To.Length == 0 ? claim.Subject : claim.To,
        To = claim.LocalSubject.Length > 0 ? claim.LocalSubject : claim.To.Length > 0 ? claim.Subject : null,
        Share = claim.Share,
        AllowTrace = claim.AllowTrace,
    };

    private static SubjectMappings? MappingsOf(AccountClaims claims, string? cluster)
    {
        if (claims.Mappings.Count == 0) return null;
        SubjectMapping[] mappings =
        [
            .. claims.Mappings.Select(pair => new SubjectMapping
            {
                Source = pair.Key,
                Destinations =
                [
                    .. pair.Value.Select(to => new MappingDestination { Subject = to.Subject, Weight = to.EffectiveWeight, Cluster = NullIfEmpty(to.Cluster) }),
                ],
            }),
        ];
        return AccountMappings.Compile(mappings, cluster);
    }

    private static DateTime ToMoment(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Clamp(seconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds())).UtcDateTime;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    /// <summary>Judges activation tokens by the claims of both accounts.</summary>
    private sealed class Activations(ServerCore server)
    {
        private readonly DateTimeOffset _now = server.Time.GetUtcNow();

        public bool Allows(string importer, ImportTerms import, string exporter, ExportTerms export)
        {
            if (import.ActivationToken is not { } token || ClaimsOf(exporter) is not { } exporterClaims || ClaimsOf(importer) is not { } importerClaims) return false;
            SharingKind kind = export.Export.IsService ? SharingKind.Service : SharingKind.Stream;
            ExportClaim? offered = exporterClaims.Exports.FirstOrDefault(claim => claim.Kind == kind && claim.Subject == export.Export.Subject);
            ImportClaim? wanted = importerClaims.Imports.FirstOrDefault(claim => claim.Kind == kind && claim.Token == token && claim.Account == exporter);
            return wanted is not null && ActivationRules.Check(exporterClaims, offered, importer, wanted, _now, out _) == ActivationState.Good;
        }

        private AccountClaims? ClaimsOf(string name) => server.Accounts.TryGet(name, out Account? account) ? account.Claims?.Claims : null;
    }
}
