namespace DotNats.Security;

/// <summary>What is shared between accounts.</summary>
public enum SharingKind
{
    /// <summary>The claim does not say; no valid claim.</summary>
    Unknown,
    Stream,
    Service,
}

/// <summary>Something an account offers to others.</summary>
public sealed record ExportClaim
{
    public string Name { get; init; } = "";

    public string Subject { get; init; } = "";

    public SharingKind Kind { get; init; }

    /// <summary>True when importers need an activation.</summary>
    public bool TokenRequired { get; init; }

    /// <summary>By importing account, or <c>*</c> for all: activations issued at this second or before count no more.</summary>
    public IReadOnlyDictionary<string, long> Revocations { get; init; } = EmptyMap<long>.Instance;

    /// <summary><c>Singleton</c>, <c>Stream</c>, <c>Chunked</c>, or empty for the first; services only.</summary>
    public string ResponseType { get; init; } = "";

    /// <summary>Time a response may take; zero for the server's default.</summary>
    public TimeSpan ResponseThreshold { get; init; }

    public LatencyClaim? Latency { get; init; }

    /// <summary>Token of the subject, from 1, that must be the importing account's key; 0 for none.</summary>
    public uint AccountTokenPosition { get; init; }

    public bool Advertise { get; init; }

    public bool AllowTrace { get; init; }

    public string Description { get; init; } = "";

    public string InfoUrl { get; init; } = "";
}

/// <summary>Measuring a service.</summary>
public sealed record LatencyClaim
{
    /// <summary>Percent of the requests; 0 lets their headers decide.</summary>
    public int Sampling { get; init; }

    /// <summary>Subject the measurements are published to.</summary>
    public string Results { get; init; } = "";
}

/// <summary>Something an account takes from another.</summary>
public sealed record ImportClaim
{
    public string Name { get; init; } = "";

    /// <summary>Subject as whoever publishes knows it: the exporter of a stream, the importer of a service.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Key of the exporting account.</summary>
    public string Account { get; init; } = "";

    /// <summary>Activation JWT, for exports that require one.</summary>
    public string Token { get; init; } = "";

    /// <summary>The subject on the subscriber's side; <see cref="LocalSubject"/> replaces it.</summary>
    public string To { get; init; } = "";

    /// <summary>Subject in the importing account; <c>$1</c>… stand for the wildcards of <see cref="Subject"/>.</summary>
    public string LocalSubject { get; init; } = "";

    public SharingKind Kind { get; init; }

    /// <summary>Tell the service who asks.</summary>
    public bool Share { get; init; }

    public bool AllowTrace { get; init; }
}

/// <summary>An account's leave for another one to import something; the token of an import.</summary>
/// <remarks><see cref="JwtClaims.Subject"/> is the importing account.</remarks>
public sealed record ActivationClaims : JwtClaims
{
    public override JwtClaimsKind Kind => JwtClaimsKind.Activation;

    public string ImportSubject { get; init; } = "";

    public SharingKind ImportKind { get; init; }

    /// <summary>The account, when one of its signing keys signed; else empty.</summary>
    public string IssuerAccount { get; init; } = "";
}
