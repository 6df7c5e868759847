using System.Text.Json;

namespace DotNats.Security;

internal static class AccountClaimsWriter
{
    public static void Write(Utf8JsonWriter json, AccountClaims claims)
    {
        WriteImports(json, claims.Imports);
        WriteExports(json, claims.Exports);
        WriteLimits(json, claims.Limits);
        WriteSigningKeys(json, claims.SigningKeys);
        json.TimesUnlessEmpty("revocations"u8, claims.Revocations);
        json.WriteStartObject("default_permissions"u8);
        UserClaimsWriter.WritePermissions(json, claims.DefaultPermissions);
        json.WriteEndObject();
        WriteMappings(json, claims.Mappings);
        json.WriteStartObject("authorization"u8);
        json.TextsUnlessEmpty("auth_users"u8, claims.Authorization.AuthUsers);
        json.TextsUnlessEmpty("allowed_accounts"u8, claims.Authorization.AllowedAccounts);
        json.TextUnlessEmpty("xkey"u8, claims.Authorization.XKey);
        json.WriteEndObject();
        if (claims.Trace is { } trace)
        {
            json.WriteStartObject("trace"u8);
            json.TextUnlessEmpty("dest"u8, trace.Destination);
            json.NumberUnlessZero("sampling"u8, trace.Sampling);
            json.WriteEndObject();
        }

        json.TextUnlessEmpty("cluster_traffic"u8, claims.ClusterTraffic);
        json.TextUnlessEmpty("description"u8, claims.Description);
        json.TextUnlessEmpty("info_url"u8, claims.InfoUrl);
    }

    private static void WriteImports(Utf8JsonWriter json, IReadOnlyList<ImportClaim> imports)
    {
        if (imports.Count == 0)
            return;
        json.WriteStartArray("imports"u8);
        foreach (ImportClaim import in imports.OrderBy(i => i.Subject, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.TextUnlessEmpty("name"u8, import.Name);
            json.TextUnlessEmpty("subject"u8, import.Subject);
            json.TextUnlessEmpty("account"u8, import.Account);
            json.TextUnlessEmpty("token"u8, import.Token);
            json.TextUnlessEmpty("to"u8, import.To);
            json.TextUnlessEmpty("local_subject"u8, import.LocalSubject);
            ClaimsWriter.WriteSharing(json, "type"u8, import.Kind);
            json.FlagUnlessFalse("share"u8, import.Share);
            json.FlagUnlessFalse("allow_trace"u8, import.AllowTrace);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteExports(Utf8JsonWriter json, IReadOnlyList<ExportClaim> exports)
    {
        if (exports.Count == 0)
            return;
        json.WriteStartArray("exports"u8);
        foreach (ExportClaim export in exports.OrderBy(e => e.Subject, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.TextUnlessEmpty("name"u8, export.Name);
            json.TextUnlessEmpty("subject"u8, export.Subject);
            ClaimsWriter.WriteSharing(json, "type"u8, export.Kind);
            json.FlagUnlessFalse("token_req"u8, export.TokenRequired);
            json.TimesUnlessEmpty("revocations"u8, export.Revocations);
            json.TextUnlessEmpty("response_type"u8, export.ResponseType);
            json.DurationUnlessZero("response_threshold"u8, export.ResponseThreshold);
            WriteLatency(json, export.Latency);
            json.NumberUnlessZero("account_token_position"u8, export.AccountTokenPosition);
            json.FlagUnlessFalse("advertise"u8, export.Advertise);
            json.FlagUnlessFalse("allow_trace"u8, export.AllowTrace);
            json.TextUnlessEmpty("description"u8, export.Description);
            json.TextUnlessEmpty("info_url"u8, export.InfoUrl);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLatency(Utf8JsonWriter json, LatencyClaim? latency)
    {
        if (latency is null)
            return;
        json.WriteStartObject("service_latency"u8);
        if (latency.Sampling == 0)
            json.WriteString("sampling"u8, "headers"u8);
        else
            json.WriteNumber("sampling"u8, latency.Sampling);
        json.WriteString("results"u8, latency.Results);
        json.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter json, AccountLimitsClaim limits)
    {
        json.WriteStartObject("limits"u8);
        json.NumberUnlessZero("subs"u8, limits.Subscriptions);
        json.NumberUnlessZero("data"u8, limits.DataBytes);
        json.NumberUnlessZero("payload"u8, limits.PayloadBytes);
        json.NumberUnlessZero("imports"u8, limits.Imports);
        json.NumberUnlessZero("exports"u8, limits.Exports);
        json.FlagUnlessFalse("wildcards"u8, limits.WildcardExports);
        json.FlagUnlessFalse("disallow_bearer"u8, limits.DisallowBearer);
        json.NumberUnlessZero("conn"u8, limits.Connections);
        json.NumberUnlessZero("leaf"u8, limits.LeafNodes);
        WriteJetStream(json, limits.JetStream);
        if (limits.JetStreamTiers.Count > 0)
        {
            json.WriteStartObject("tiered_limits"u8);
            foreach ((string tier, JetStreamLimitsClaim tierLimits) in limits.JetStreamTiers.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject(tier);
                WriteJetStream(json, tierLimits);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteJetStream(Utf8JsonWriter json, JetStreamLimitsClaim limits)
    {
        json.NumberUnlessZero("mem_storage"u8, limits.MemoryBytes);
        json.NumberUnlessZero("disk_storage"u8, limits.DiskBytes);
        json.NumberUnlessZero("streams"u8, limits.Streams);
        json.NumberUnlessZero("consumer"u8, limits.Consumers);
        json.NumberUnlessZero("max_ack_pending"u8, limits.MaxAckPending);
        json.NumberUnlessZero("mem_max_stream_bytes"u8, limits.MemoryMaxStreamBytes);
        json.NumberUnlessZero("disk_max_stream_bytes"u8, limits.DiskMaxStreamBytes);
        json.FlagUnlessFalse("max_bytes_required"u8, limits.MaxBytesRequired);
    }

    // A key alone is its text; with a scope it is an object, whose empty texts are written.
    private static void WriteSigningKeys(Utf8JsonWriter json, IReadOnlyDictionary<string, UserScopeClaim?> keys)
    {
        if (keys.Count == 0)
            return;
        json.WriteStartArray("signing_keys"u8);
        foreach ((string key, UserScopeClaim? scope) in keys.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (scope is null)
            {
                json.WriteStringValue(key);
                continue;
            }
            json.WriteStartObject();
            json.WriteString("kind"u8, "user_scope"u8);
            json.WriteString("key"u8, scope.Key);
            json.WriteString("role"u8, scope.Role);
            json.WriteStartObject("template"u8);
            UserClaimsWriter.WriteLimits(json, scope.Template);
            json.WriteEndObject();
            json.WriteString("description"u8, scope.Description);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMappings(Utf8JsonWriter json, IReadOnlyDictionary<string, IReadOnlyList<WeightedMappingClaim>> mappings)
    {
        if (mappings.Count == 0)
            return;
        json.WriteStartObject("mappings"u8);
        foreach ((string source, IReadOnlyList<WeightedMappingClaim> destinations) in mappings.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            json.WriteStartArray(source);
            foreach (WeightedMappingClaim destination in destinations)
            {
                json.WriteStartObject();
                json.WriteString("subject"u8, destination.Subject);
                json.NumberUnlessZero("weight"u8, destination.Weight);
                json.TextUnlessEmpty("cluster"u8, destination.Cluster);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
