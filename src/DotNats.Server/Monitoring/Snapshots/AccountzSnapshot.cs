using System.Text.Json;
using System.Text.Json.Serialization;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace DotNats.Server.Monitoring;

/// <summary>Accounts of one server (<c>/accountz</c>): their names, or one in detail.</summary>
public sealed record AccountzSnapshot
{
    public required string ServerId { get; init; }

    public DateTime Now { get; init; }

    public string? SystemAccount { get; init; }

    public IReadOnlyList<string>? Accounts { get; init; }

    public AccountDetail? AccountDetail { get; init; }
}

/// <summary>One account in detail. Empty lists are left out.</summary>
public sealed record AccountDetail
{
    public required string AccountName { get; init; }

    public DateTime UpdateTime { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool IsSystem { get; init; }

    public bool Expired { get; init; }

    public bool Complete { get; init; }

    public bool JetstreamEnabled { get; init; }

    public int LeafnodeConnections { get; init; }

    public int ClientConnections { get; init; }

    public int Subscriptions { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<MappingDestinationInfo>>? Mappings { get; init; }

    public IReadOnlyList<AccountExportInfo>? Exports { get; init; }

    public IReadOnlyList<AccountImportInfo>? Imports { get; init; }

    public string? Jwt { get; init; }

    public string? IssuerKey { get; init; }

    public string? NameTag { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The claims of <see cref="Jwt"/>.</summary>
    public JsonElement? DecodedJwt { get; init; }

    /// <summary>What is wrong with them.</summary>
    public IReadOnlyList<ClaimIssueInfo>? ValidationResultJwt { get; init; }

    public IReadOnlyDictionary<string, DateTime>? RevokedUser { get; init; }

    public SublistStats? SublistStats { get; init; }

    /// <summary>Responses owed to other accounts, by the subject they are expected under.</summary>
    public IReadOnlyDictionary<string, AccountResponseInfo>? Responses { get; init; }
}

/// <summary>Something wrong with an account's claims.</summary>
/// <param name="Blocking">They cannot be used.</param>
/// <param name="TimeCheck">They are too early or too late.</param>
public sealed record ClaimIssueInfo(string Description, bool Blocking, bool TimeCheck);

/// <summary>Where a mapped subject goes.</summary>
public sealed record MappingDestinationInfo
{
    public required string Subject { get; init; }

    /// <summary>Compat: the upper end of this destination's share in percent, shares added in order.</summary>
    public int Weight { get; init; }

    /// <summary>Cluster the destination is meant for; null for any.</summary>
    public string? Cluster { get; init; }
}

/// <summary>A subject an account offers to others.</summary>
public sealed record AccountExportInfo
{
    public required string Subject { get; init; }

    /// <summary><c>stream</c> or <c>service</c>.</summary>
    public required string Type { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public bool TokenReq { get; init; }

    /// <summary><c>Singleton</c>, <c>Streamed</c> or <c>Chunked</c>; null for streams.</summary>
    public string? ResponseType { get; init; }

    public LatencySampling? ServiceLatency { get; init; }

    public IReadOnlyList<string>? ApprovedAccounts { get; init; }

    public IReadOnlyDictionary<string, DateTime>? RevokedActivations { get; init; }
}

/// <summary>A subject an account takes from another.</summary>
public sealed record AccountImportInfo
{
    public required string Subject { get; init; }

    public required string Account { get; init; }

    /// <summary>Compat: for services the local subject under its old name.</summary>
    public string? To { get; init; }

    public string? LocalSubject { get; init; }

    /// <summary><c>stream</c> or <c>service</c>.</summary>
    public required string Type { get; init; }

    public bool Invalid { get; init; }

    public bool Share { get; init; }

    public bool Tracking { get; init; }

    public LatencySampling? Latency { get; init; }
}

/// <summary>A response an account owes to a request from another.</summary>
public sealed record AccountResponseInfo
{
    /// <summary>Where the requester wants it.</summary>
    public required string Subject { get; init; }

    /// <summary>The account that waits for it.</summary>
    public required string Account { get; init; }

    public required string To { get; init; }

    public required string LocalSubject { get; init; }

    /// <summary>Compat: here a service is the number 2.</summary>
    public int Type { get; init; } = 2;

    public bool Invalid { get; init; }

    public bool Share { get; init; }

    public bool Tracking { get; init; }

    public IReadOnlyDictionary<string, List<string>>? TrackingHeader { get; init; }

    public LatencySampling? Latency { get; init; }
}

/// <summary>Latency measuring of a service.</summary>
/// <param name="Sampling">Percent of requests measured; 0 for those that ask for it.</param>
/// <param name="Results">Subject the measurements go to.</param>
public sealed record LatencySampling(int Sampling, string Results);
