using DotNats.Protocol;

namespace DotNats.Server.Monitoring;

/// <summary>Answers <c>/varz</c>.</summary>
internal static class VarzBuilder
{
    private const double DefaultTimeoutSeconds = 2;

    public static VarzSnapshot Build(IMonitoringSource source, EndpointHits hits, ProcessUsage usage)
    {
        VarzSnapshot reply = WithTotals(Describe(source, hits), source.ReadTotals());
        DateTime now = source.TimeProvider.GetUtcNow().UtcDateTime;
        long subscriptions = 0;
        foreach (IMonitoredAccount account in source.Accounts) subscriptions += account.SubscriptionCount;
        return reply with
        {
            Jetstream = source.JetStream?.Describe() ?? new JetStreamFacts(),
            Start = source.StartTime,
            Now = now,
            Uptime = GoUptime.Format(now - source.StartTime),
            Mem = ProcessUsage.ResidentBytes,
            Cpu = usage.ReadCpuPercent(),
            Cores = Environment.ProcessorCount,
            Gomaxprocs = Environment.ProcessorCount,
            Connections = source.ConnectionCount,
            TotalConnections = source.TotalConnections,
            Subscriptions = subscriptions,
        };
    }

    /// <summary>Identity and configuration.</summary>
    private static VarzSnapshot Describe(IMonitoringSource source, EndpointHits hits)
    {
        ServerInfo info = source.Info;
        NatsServerOptions options = source.Options;
        return WithLimits(new VarzSnapshot
        {
            ServerId = info.ServerId,
            ServerName = info.ServerName,
            Version = info.Version,
            Proto = info.Protocol,
            GitCommit = string.IsNullOrEmpty(info.GitCommit) ? null : info.GitCommit,
            Go = info.Runtime,
            Host = info.Host,
            Port = info.Port,
            AuthRequired = info.AuthRequired,
            TlsRequired = info.TlsRequired,
            TlsVerify = info.TlsVerify,
            ConnectUrls = NullIfEmpty(info.ConnectUrls),
            WsConnectUrls = NullIfEmpty(info.WebSocketConnectUrls),
            Cluster = new VarzCluster { Name = info.Cluster },
            HttpHost = options.Monitoring.Host ?? options.Host,
            HttpPort = options.Monitoring.HttpPort ?? 0,
            HttpBasePath = options.Monitoring.BasePath,
            HttpsPort = options.Monitoring.HttpsPort ?? 0,
            Uptime = "",
            HttpReqStats = hits.ToDictionary(),
            ConfigLoadTime = source.ConfigLoadTime,
            ConfigDigest = options.ConfigDigest ?? "",
            Tags = NullIfEmpty(options.ServerTags),
            Metadata = Sorted(options.ServerMetadata),
            FeatureFlags = FeatureFlags.Merge(options.FeatureFlags),
            TrustedOperatorsJwt = options.Operators.Count > 0 ? [.. options.Operators.Select(trusted => trusted.Jwt)] : null,
            TrustedOperatorsClaim = ClaimsMonitor.DescribeOperators(options),
            SystemAccount = source.SystemAccountName,
            SlowConsumerStats = ToCounts(default),
            StaleConnectionStats = ToCounts(default),
            Proxies = options.Proxies is { } proxies ? new TrustedProxiesInfo(NullIfEmpty([.. proxies.TrustedKeys.Select(key => new ProxyInfo(key))])) : null,
            TlsCertNotAfter = source.CertificateNotAfter,
            Mqtt = DescribeMqtt(source),
        }, options);
    }

    private static VarzMqtt DescribeMqtt(IMonitoringSource source)
    {
        if (source.Options.Mqtt is not { Port: not 0 } mqtt) return new VarzMqtt();
        return new VarzMqtt
        {
            Host = mqtt.Host,
            Port = source.MqttPort,
            NoAuthUser = NullIfEmpty(mqtt.NoAuthUser),
            AuthTimeout = mqtt.AuthTimeout?.TotalSeconds ?? 0,
            TlsMap = mqtt.Tls is { MapToUser: true },
            // Compat: shown also without TLS.
            TlsTimeout = mqtt.Tls?.Timeout.TotalSeconds ?? DefaultTimeoutSeconds,
            TlsPinnedCerts = mqtt.Tls?.PinnedCertificates is { Count: > 0 } pins ? [.. pins] : null,
            JsDomain = NullIfEmpty(mqtt.JetStreamDomain),
            AckWait = ToNanoseconds(mqtt.AckWait),
            MaxAckPending = mqtt.MaxAckPending,
            TlsCertNotAfter = source.MqttCertificateNotAfter,
        };
    }

    private static VarzSnapshot WithLimits(VarzSnapshot reply, NatsServerOptions options)
    {
        double tlsTimeout = options.Tls?.Timeout.TotalSeconds ?? DefaultTimeoutSeconds;
        // Compat: with TLS a client has one second more to authenticate than for its handshake.
        double authTimeout = options.Tls is null ? DefaultTimeoutSeconds : tlsTimeout + 1;
        return reply with
        {
            MaxConnections = options.Limits.MaxConnections,
            MaxSubscriptions = options.Limits.MaxSubscriptions,
            MaxControlLine = options.Limits.MaxControlLineBytes,
            MaxPayload = options.Limits.MaxPayloadBytes,
            MaxPending = options.Limits.MaxPendingBytes,
            PingInterval = ToNanoseconds(options.Timing.PingInterval),
            PingMax = options.Timing.MaxPingsOut,
            AuthTimeout = options.Authorization.Timeout?.TotalSeconds ?? authTimeout,
            TlsTimeout = tlsTimeout,
            WriteDeadline = ToNanoseconds(options.Timing.WriteDeadline),
            WriteTimeout = options.WriteTimeout switch
            {
                WriteTimeoutPolicy.Close => "close",
                WriteTimeoutPolicy.Retry => "retry",
                _ => null,
            },
        };
    }

    private static VarzSnapshot WithTotals(VarzSnapshot reply, in ServerTotals totals) => reply with
    {
        InMsgs = totals.InMessages,
        InBytes = totals.InBytes,
        InClientMsgs = totals.InClientMessages,
        InClientBytes = totals.InClientBytes,
        OutMsgs = totals.OutMessages,
        OutBytes = totals.OutBytes,
        OutClientMsgs = totals.OutClientMessages,
        OutClientBytes = totals.OutClientBytes,
        SlowConsumers = totals.SlowConsumers.Total,
        StaleConnections = totals.StaleConnections.Total,
        StalledClients = totals.Stalls,
        PinnedAccountFails = totals.PinnedAccountFailures,
        SlowConsumerStats = ToCounts(totals.SlowConsumers),
        StaleConnectionStats = ToCounts(totals.StaleConnections),
    };

    private static KindCounts ToCounts(in CountByKind counts) => new(counts.Clients, counts.Routes, counts.Gateways, counts.LeafNodes);

    private static long ToNanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static IReadOnlyList<T>? NullIfEmpty<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : list;

    private static Dictionary<string, string>? Sorted(IReadOnlyDictionary<string, string> map) =>
        map.Count == 0 ? null : map.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary();
}
