using DotNats.Security;

namespace DotNats;

/// <summary>Messages or a service an account offers to others (<c>exports [{}]</c>).</summary>
public sealed record AccountExport
{
    public required string Subject { get; init; }

    /// <summary>True for <c>service</c>, false for <c>stream</c>.</summary>
    public bool IsService { get; init; }

    /// <summary>Accounts that may import it; null for all.</summary>
    public IReadOnlyList<string>? Accounts { get; init => field = OptionList.Copy(value); }

    /// <summary>Token of the subject, from 1, that must be the importing account's name; 0 for none.</summary>
    public int AccountTokenPosition { get; init; }

    public ServiceResponseType ResponseType { get; init; }

    /// <summary>Time a response may take; null for two minutes.</summary>
    public TimeSpan? ResponseThreshold { get; init; }

    public ServiceLatencyOptions? Latency { get; init; }

    public bool AllowTrace { get; init; }
}

/// <summary>How many messages answer a request to a service.</summary>
public enum ServiceResponseType
{
    Singleton,
    Stream,
    Chunked,
}

/// <summary>Measuring a service (<c>latency</c>).</summary>
public sealed record ServiceLatencyOptions
{
    /// <summary>Subject the measurements are published to.</summary>
    public required string Subject { get; init; }

    /// <summary>Percent of the requests measured, 1 to 100; 0 lets the requests' headers decide.</summary>
    public int Sampling { get; init; } = 100;
}

/// <summary>Messages or a service of another account (<c>imports [{}]</c>).</summary>
public sealed record AccountImport
{
    /// <summary>The exporting account.</summary>
    public required string Account { get; init; }

    /// <summary>Subject in the exporting account.</summary>
    public required string Subject { get; init; }

    /// <summary>True for <c>service</c>, false for <c>stream</c>.</summary>
    public bool IsService { get; init; }

    /// <summary>Subject in this account; null for the same.</summary>
    public string? To { get; init; }

    /// <summary>Prefix of the subject in this account; streams only, not with <see cref="To"/>.</summary>
    public string? Prefix { get; init; }

    /// <summary>Tell the service who asks; services only.</summary>
    public bool Share { get; init; }

    public bool AllowTrace { get; init; }
}

/// <summary>Published messages go elsewhere (<c>mappings {}</c>).</summary>
public sealed record SubjectMapping
{
    public required string Source { get; init; }

    public IReadOnlyList<MappingDestination> Destinations { get; init => field = OptionList.Copy(value); } = [];

    internal WeightedSubject[] ToWeightedSubjects() => [.. Destinations.Select(to => new WeightedSubject(to.Subject, to.Weight, to.Cluster))];
}

/// <summary>Where a share of the messages goes.</summary>
public sealed record MappingDestination
{
    public string Subject { get; init; } = "";

    /// <summary>Percent, 0 to 100.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>Only in this cluster; null in all.</summary>
    public string? Cluster { get; init; }
}

/// <summary>An account's limits; -1 for none.</summary>
public sealed record AccountLimitOptions
{
    public int MaxConnections { get; init; } = -1;

    public int MaxSubscriptions { get; init; } = -1;

    public int MaxPayloadBytes { get; init; } = -1;

    public int MaxLeafNodes { get; init; } = -1;
}
