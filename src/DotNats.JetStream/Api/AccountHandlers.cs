using System.Text.Json;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Streams;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary><c>$JS.API.INFO</c>: what an account uses and may use.</summary>
internal sealed class AccountHandlers(ServerCore server)
{
    // Compat: what accounts with tiers show beside them.
    private static readonly TierLimits Nothing = new()
    {
        MaxMemoryBytes = 0,
        MaxStoreBytes = 0,
        MaxStreams = 0,
        MaxConsumers = 0,
        MaxAckPending = 0,
        MemoryMaxStreamBytes = 0,
        StoreMaxStreamBytes = 0,
    };

    public IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute(ApiSubjects.AccountInfo, ApiAnswers.TypePrefix + "account_info_response", Info) { IsInformation = true, IsForAll = true };
    }

    private ValueTask<ApiAnswer?> Info(ApiRequest request)
    {
        string type = request.Route.Type;
        if (request.NeedsNewerApi) return new(ApiAnswers.Error(type, ApiErrors.RequiredApiLevel));
        // Compat: not counted as an error.
        return new(request.Streams is { } account
            ? ApiAnswers.Success(type, json => Write(json, account))
            : ApiAnswers.Failure(type, ApiErrors.NotEnabledForAccount));
    }

    private void Write(Utf8JsonWriter json, JetStreamAccount account)
    {
        TierLimits? flat = account.Limits.Tiers.GetValueOrDefault(AccountLimits.Flat);
        WriteUsage(json, account, tier: null);
        json.WritePropertyName("limits"u8);
        WriteLimits(json, flat ?? Nothing);
        if (!string.IsNullOrEmpty(server.Options.JetStream.Domain)) json.WriteString("domain"u8, server.Options.JetStream.Domain);
        json.WriteStartObject("api"u8);
        json.WriteNumber("level"u8, ServerVersion.JetStreamApiLevel);
        json.WriteNumber("total"u8, account.Statistics.Total);
        json.WriteNumber("errors"u8, account.Statistics.Errors);
        json.WriteEndObject();
        if (flat is null) WriteTiers(json, account);
    }

    private static void WriteTiers(Utf8JsonWriter json, JetStreamAccount account)
    {
        var names = new SortedSet<string>(account.Limits.Tiers.Keys, StringComparer.Ordinal);
        names.UnionWith(account.Streams.Select(static stream => stream.Tier));
        names.UnionWith(account.Usage.Where(static tier => tier.Value.Memory > 0 || tier.Value.Store > 0).Select(static tier => tier.Key));
        json.WriteStartObject("tiers"u8);
        foreach (string name in names)
        {
            json.WriteStartObject(name);
            WriteUsage(json, account, name);
            json.WritePropertyName("limits"u8);
            WriteLimits(json, account.Limits.Tiers.GetValueOrDefault(name) ?? Nothing);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, JetStreamAccount account, string? tier)
    {
        LiveStream[] streams = [.. account.Streams.Where(stream => tier is null || AccountLimits.TierOf(stream.Config.Replicas) == tier)];
        long Reserved(bool isMemory) => streams.Where(stream => stream.Config.Storage == StorageType.Memory == isMemory).Sum(static stream => Math.Max(0, stream.Config.MaxBytes));
        IEnumerable<StorageUsage> usage = account.Usage.Where(used => tier is null || used.Key == tier).Select(static used => used.Value);
        json.WriteNumber("memory"u8, usage.Sum(static used => used.Memory));
        json.WriteNumber("storage"u8, usage.Sum(static used => used.Store));
        json.WriteNumber("reserved_memory"u8, Reserved(isMemory: true));
        json.WriteNumber("reserved_storage"u8, Reserved(isMemory: false));
        json.WriteNumber("streams"u8, streams.Length);
        json.WriteNumber("consumers"u8, streams.Sum(static stream => stream.Consumers.Count));
    }

    private static void WriteLimits(Utf8JsonWriter json, TierLimits limits)
    {
        json.WriteStartObject();
        json.WriteNumber("max_memory"u8, limits.MaxMemoryBytes);
        json.WriteNumber("max_storage"u8, limits.MaxStoreBytes);
        json.WriteNumber("max_streams"u8, limits.MaxStreams);
        json.WriteNumber("max_consumers"u8, limits.MaxConsumers);
        json.WriteNumber("max_ack_pending"u8, limits.MaxAckPending);
        json.WriteNumber("memory_max_stream_bytes"u8, limits.MemoryMaxStreamBytes);
        json.WriteNumber("storage_max_stream_bytes"u8, limits.StoreMaxStreamBytes);
        json.WriteBoolean("max_bytes_required"u8, limits.MaxBytesRequired);
        json.WriteEndObject();
    }
}
