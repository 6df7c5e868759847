using System.Text.Json;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Origins;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Server;
using DotNats.Server.Monitoring;
using DotNats.Storage;

namespace DotNats.JetStream.Monitoring;

/// <summary>Answers <c>/jsz</c> and the JetStream part of <c>/varz</c> and of the heartbeat.</summary>
internal sealed class JetStreamMonitor(ServerCore server, JetStreamService service)
{
    private const int DefaultLimit = 1024;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public JetStreamFacts Describe() => new() { Config = DescribeConfig(), Stats = DescribeUsage(), Limits = DescribeLimits() };

    public JszSnapshot? Describe(JszQuery query, out string? error)
    {
        error = null;
        bool withStreams = query.Streams || query.Consumers;
        bool withAccounts = query.Accounts || (withStreams && query.Account.Length == 0);
        JetStreamAccount[] accounts = [.. service.Accounts.OrderBy(static account => account.Name, StringComparer.Ordinal)];
        JetStreamAccount[] shown = Select(accounts, query, withAccounts);
        JetStreamUsageFacts usage = DescribeUsage();
        LogState[] states = [.. accounts.SelectMany(static account => account.Streams).Select(static stream => stream.Log.State)];
        return new JszSnapshot
        {
            Memory = usage.Memory,
            Storage = usage.Storage,
            ReservedMemory = usage.ReservedMemory,
            ReservedStorage = usage.ReservedStorage,
            Accounts = usage.Accounts,
            Api = usage.Api,
            ServerId = server.Id,
            Now = server.Time.GetUtcNow().UtcDateTime,
            Config = DescribeConfig(),
            Limits = DescribeLimits(),
            Streams = states.Length,
            StreamsLeader = query.Raft ? states.Length : 0,
            ConsumersLeader = query.Raft ? accounts.SelectMany(static account => account.Streams).SelectMany(static stream => stream.Consumers.All).Count(IsPublic) : 0,
            Consumers = accounts.SelectMany(static account => account.Streams).Sum(static stream => stream.Consumers.PublicCount),
            Messages = states.Sum(static state => (long)state.Messages),
            Bytes = states.Sum(static state => (long)state.Bytes),
            Durability = StreamLogOptions.NameOf(StreamLogOptions.DurabilityOf(server.Options.JetStream)),
            AccountDetails = shown.Length == 0 ? null : [.. shown.Select(account => Describe(account, query, withStreams))],
            Total = accounts.Length,
        };
    }

    // An account that is asked for goes before paging.
    private static JetStreamAccount[] Select(JetStreamAccount[] accounts, JszQuery query, bool withAccounts)
    {
        if (Array.Find(accounts, account => account.Name == query.Account) is { } one) return [one];
        if (!withAccounts) return [];
        int offset = (int)Math.Clamp(query.Offset, 0, accounts.Length);
        long limit = query.Limit == 0 ? DefaultLimit : query.Limit;
        // Compat: a negative limit is none, and leaves the offset out too.
        return limit < 0 ? accounts : accounts[offset..(int)Math.Min(accounts.Length, offset + limit)];
    }

    private JszAccount Describe(JetStreamAccount account, JszQuery query, bool withStreams)
    {
        TierLimits? limits = account.Limits.Tiers.GetValueOrDefault(AccountLimits.Flat);
        return new JszAccount
        {
            Name = account.Account.NameTag,
            Id = account.Name,
            Memory = account.Usage.Sum(static tier => tier.Value.Memory),
            Storage = account.Usage.Sum(static tier => tier.Value.Store),
            ReservedMemory = unchecked((ulong)(limits?.MaxMemoryBytes ?? 0)),
            ReservedStorage = unchecked((ulong)(limits?.MaxStoreBytes ?? 0)),
            Api = new JetStreamApiCounts { Total = account.Statistics.Total, Errors = account.Statistics.Errors },
            StreamDetail = withStreams && account.Streams.Count > 0
                ? [.. account.Streams.OrderBy(static stream => stream.Name, StringComparer.Ordinal).Select(stream => Describe(stream, query))]
                : null,
        };
    }

    private JszStream Describe(LiveStream stream, JszQuery query)
    {
        IReadOnlyList<OriginInfo> origins = stream.Origins.Describe();
        bool isMirror = origins is [{ IsMirror: true }];
        return new JszStream
        {
            Durability = StreamLogOptions.ContractOf(stream.Config, server.Options.JetStream),
            Name = stream.Name,
            Created = stream.CreatedAt.UtcDateTime,
            Cluster = Parse(StreamInfos.WriteCluster(stream)),
            Config = query.Config ? Parse(StreamInfos.WriteConfig(stream)) : null,
            State = Parse(StreamInfos.WriteState(stream)),
            ConsumerDetail = query.Consumers ? Describe(stream.Consumers.All.Where(IsPublic), query.Config) : null,
            DirectConsumerDetail = query is { Consumers: true, DirectConsumers: true } ? Describe(stream.Consumers.All.Where(static consumer => !IsPublic(consumer)), query.Config) : null,
            Mirror = isMirror ? Describe(origins[0]) : null,
            Sources = !isMirror && origins.Count > 0 ? [.. origins.Select(Describe)] : null,
        };
    }

    private static JsonElement Describe(OriginInfo origin) => Parse(ApiJson.Write(origin, static (json, origin) => origin.WriteTo(json)));

    private static bool IsPublic(LiveConsumer consumer) => !consumer.Config.Direct;

    // Who asks waits: a consumer that is busy answers when its turn ends, and one that does not is left out.
    private List<JsonElement>? Describe(IEnumerable<LiveConsumer> consumers, bool withConfig)
    {
        Task<byte[]?>[] infos = [.. consumers.Select(consumer => ConsumerInfos.WriteAsync(consumer, config => withConfig ? config : null, server.Time.GetUtcNow()))];
        Task.WaitAll(infos, LongestWait);
        List<JsonElement> details = [.. infos.Where(static info => info is { IsCompletedSuccessfully: true, Result: not null }).Select(static info => Parse(info.Result!))];
        return details.Count > 0 ? details : null;
    }

    private static JsonElement Parse(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private JetStreamConfigFacts DescribeConfig()
    {
        JetStreamOptions options = server.Options.JetStream;
        return new JetStreamConfigFacts
        {
            MaxMemory = service.Resources.MaxMemory,
            MaxStorage = service.Resources.MaxStore,
            StoreDir = service.Stores.Directory,
            SyncInterval = options.SyncInterval.Ticks * TimeSpan.NanosecondsPerTick,
            SyncAlways = options.SyncAlways,
            Domain = string.IsNullOrEmpty(options.Domain) ? null : options.Domain,
            UniqueTag = options.UniqueTag,
            CompressOk = true,
            Strict = options.Strict,
        };
    }

    private JetStreamUsageFacts DescribeUsage() => new()
    {
        Memory = service.Resources.Used.Memory,
        Storage = service.Resources.Used.Store,
        ReservedMemory = service.Resources.Reserved.Memory,
        ReservedStorage = service.Resources.Reserved.Store,
        Accounts = service.Accounts.Count,
        Api = service.Statistics.Describe(),
    };

    private JetStreamLimitFacts DescribeLimits()
    {
        JetStreamLimitOptions limits = server.Options.JetStream.Limits;
        return new JetStreamLimitFacts
        {
            MaxRequestBatch = limits.MaxRequestBatch,
            MaxAckPending = limits.MaxAckPending,
            MaxHaAssets = limits.MaxHighlyAvailableAssets,
            DefaultMaxConsumers = limits.DefaultMaxConsumers,
            MaxDuplicateWindow = limits.DuplicateWindow.Ticks * TimeSpan.NanosecondsPerTick,
            MaxBatchInflightPerStream = limits.BatchMaxInflightPerStream,
            MaxBatchInflightTotal = limits.BatchMaxInflightTotal,
            MaxBatchSize = limits.BatchMaxMessages,
            MaxBatchTimeout = limits.BatchTimeout.Ticks * TimeSpan.NanosecondsPerTick,
        };
    }
}
