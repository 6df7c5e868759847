using System.Text.Json;

namespace DotNats.Security;

internal static class AccountClaimsReader
{
    public static AccountClaims Read(ClaimObject nats, bool old)
    {
        AccountClaims claims = new()
        {
            Imports = nats.List("imports", ReadImport) ?? [],
            Exports = nats.List("exports", ReadExport) ?? [],
            Limits = ReadLimits(nats.Object("limits"), old),
            SigningKeys = ReadSigningKeys(nats, old),
            Revocations = nats.Map("revocations", static time => NumberOrZero(time)),
        };
        if (old)
            return claims;
        return claims with
        {
            DefaultPermissions = UserClaimsReader.ReadPermissions(nats.Object("default_permissions")),
            Mappings = nats.Map<IReadOnlyList<WeightedMappingClaim>>("mappings", ReadDestinations),
            Authorization = ReadAuthorization(nats.Object("authorization")),
            Trace = ReadTrace(nats.Object("trace")),
            ClusterTraffic = nats.Text("cluster_traffic"),
            Description = nats.Text("description"),
            InfoUrl = nats.Text("info_url"),
        };
    }

    private static AccountLimitsClaim ReadLimits(ClaimObject json, bool old)
    {
        AccountLimitsClaim limits = new()
        {
            Subscriptions = json.Number("subs"),
            DataBytes = json.Number("data"),
            PayloadBytes = json.Number("payload"),
            Imports = json.Number("imports"),
            Exports = json.Number("exports"),
            WildcardExports = json.Flag("wildcards"),
            DisallowBearer = json.Flag("disallow_bearer"),
            Connections = json.Number("conn"),
            LeafNodes = json.Number("leaf"),
        };
        if (old)
            return limits;
        // Compat: limits over all tiers are forgotten where there are tiers.
        JetStreamLimitsClaim whole = ReadJetStream(json);
        IReadOnlyDictionary<string, JetStreamLimitsClaim> tiers = json.Map("tiered_limits", static tier => ReadJetStream(ClaimObject.Of(tier)));
        return limits with { JetStream = tiers.Count > 0 ? new JetStreamLimitsClaim() : whole, JetStreamTiers = tiers };
    }

    private static JetStreamLimitsClaim ReadJetStream(ClaimObject json) => new()
    {
        MemoryBytes = json.Number("mem_storage"),
        DiskBytes = json.Number("disk_storage"),
        Streams = json.Number("streams"),
        Consumers = json.Number("consumer"),
        MaxAckPending = json.Number("max_ack_pending"),
        MemoryMaxStreamBytes = json.Number("mem_max_stream_bytes"),
        DiskMaxStreamBytes = json.Number("disk_max_stream_bytes"),
        MaxBytesRequired = json.Flag("max_bytes_required"),
    };

    private static IReadOnlyDictionary<string, UserScopeClaim?> ReadSigningKeys(ClaimObject nats, bool old)
    {
        JsonElement[] items = nats.List("signing_keys", static item => item) ?? [];
        if (items.Length == 0)
            return EmptyMap<UserScopeClaim?>.Instance;
        Dictionary<string, UserScopeClaim?> keys = new(StringComparer.Ordinal);
        foreach (JsonElement item in items)
        {
            if (item.ValueKind == JsonValueKind.Object && !old)
            {
                UserScopeClaim scope = ReadScope(ClaimObject.Of(item));
                keys[scope.Key] = scope;
            }
            else if (item.ValueKind == JsonValueKind.String || old)
            {
                keys[item.ValueKind == JsonValueKind.Null ? "" : ClaimObject.TextOf(item)] = null;
            }
        }

        return keys;
    }

    private static UserScopeClaim ReadScope(ClaimObject json)
    {
        if (json.Text("kind") != "user_scope")
            throw ClaimObject.WrongType("a scope we know");
        return new UserScopeClaim
        {
            Key = json.Text("key"),
            Role = json.Text("role"),
            Description = json.Text("description"),
            Template = UserClaimsReader.ReadLimits(json.Object("template"), AccountLimitsClaim.NoLimit),
        };
    }

    private static ImportClaim ReadImport(JsonElement element)
    {
        ClaimObject json = ClaimObject.Of(element);
        return new ImportClaim
        {
            Name = json.Text("name"),
            Subject = json.Text("subject"),
            Account = json.Text("account"),
            Token = json.Text("token"),
            To = json.Text("to"),
            LocalSubject = json.Text("local_subject"),
            Kind = ClaimsReader.KindOfSharing(json.Find("type")),
            Share = json.Flag("share"),
            AllowTrace = json.Flag("allow_trace"),
        };
    }

    private static ExportClaim ReadExport(JsonElement element)
    {
        ClaimObject json = ClaimObject.Of(element);
        return new ExportClaim
        {
            Name = json.Text("name"),
            Subject = json.Text("subject"),
            Kind = ClaimsReader.KindOfSharing(json.Find("type")),
            TokenRequired = json.Flag("token_req"),
            Revocations = json.Map("revocations", static time => NumberOrZero(time)),
            ResponseType = json.Text("response_type"),
            ResponseThreshold = json.Duration("response_threshold"),
            Latency = ReadLatency(json.Object("service_latency")),
            AccountTokenPosition = (uint)json.Number("account_token_position", least: 0, most: uint.MaxValue),
            Advertise = json.Flag("advertise"),
            AllowTrace = json.Flag("allow_trace"),
            Description = json.Text("description"),
            InfoUrl = json.Text("info_url"),
        };
    }

    private static LatencyClaim? ReadLatency(ClaimObject json)
    {
        if (!json.Exists)
            return null;
        JsonElement sampling = json.Find("sampling");
        bool headers = sampling.ValueKind == JsonValueKind.String && ClaimObject.TextOf(sampling).Equals("headers", StringComparison.OrdinalIgnoreCase);
        return new LatencyClaim
        {
            Sampling = headers ? 0 : (int)json.Number("sampling", least: int.MinValue, most: int.MaxValue),
            Results = json.Text("results"),
        };
    }

    private static IReadOnlyList<WeightedMappingClaim> ReadDestinations(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Array => [.. element.EnumerateArray().Select(ReadDestination)],
        _ => throw ClaimObject.WrongType("a list of destinations"),
    };

    private static WeightedMappingClaim ReadDestination(JsonElement element)
    {
        ClaimObject json = ClaimObject.Of(element);
        return new WeightedMappingClaim
        {
            Subject = json.Text("subject"),
            Weight = (int)json.Number("weight", least: 0, most: byte.MaxValue),
            Cluster = json.Text("cluster"),
        };
    }

    private static ExternalAuthorizationClaim ReadAuthorization(ClaimObject json) => new()
    {
        AuthUsers = json.Texts("auth_users"),
        AllowedAccounts = json.Texts("allowed_accounts"),
        XKey = json.Text("xkey"),
    };

    private static TraceClaim? ReadTrace(ClaimObject json) => json.Exists
        ? new TraceClaim { Destination = json.Text("dest"), Sampling = (int)json.Number("sampling", least: int.MinValue, most: int.MaxValue) }
        : null;

    private static long NumberOrZero(JsonElement element) => element.ValueKind == JsonValueKind.Null ? 0 : ClaimObject.NumberOf(element);
}
