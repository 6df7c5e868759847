using DotNats.Protocol.Text;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>Options of monitoring requests as JSON bodies bring them. Names are nats-server's, and differ from those of HTTP.</summary>
internal static class RequestOptions
{
    public static readonly RequestSchema Connz = RequestSchema.Of(
        "ConnzEventOptions",
        new("sort", GoJsonKind.Text, "server.SortOpt"),
        new("auth", GoJsonKind.Flag),
        new("subscriptions", GoJsonKind.Flag),
        new("subscriptions_detail", GoJsonKind.Flag),
        new("offset", GoJsonKind.Number),
        new("limit", GoJsonKind.Number),
        new("cid", GoJsonKind.Identifier),
        new("mqtt_client", GoJsonKind.Text),
        new("state", GoJsonKind.Number, "server.ConnState"),
        new("user", GoJsonKind.Text),
        new("acc", GoJsonKind.Text),
        new("filter_subject", GoJsonKind.Text));

    public static readonly RequestSchema Subsz = RequestSchema.Of(
        "SubszEventOptions",
        new("offset", GoJsonKind.Number),
        new("limit", GoJsonKind.Number),
        new("subscriptions", GoJsonKind.Flag),
        new("account", GoJsonKind.Text),
        new("test", GoJsonKind.Text));

    public static readonly RequestSchema Routez = RequestSchema.Of(
        "RoutezEventOptions", new("subscriptions", GoJsonKind.Flag), new("subscriptions_detail", GoJsonKind.Flag));

    public static readonly RequestSchema Gatewayz = RequestSchema.Of(
        "GatewayzEventOptions",
        new("name", GoJsonKind.Text),
        new("accounts", GoJsonKind.Flag),
        new("account_name", GoJsonKind.Text),
        new("subscriptions", GoJsonKind.Flag),
        new("subscriptions_detail", GoJsonKind.Flag));

    public static readonly RequestSchema Leafz = RequestSchema.Of("LeafzEventOptions", new("subscriptions", GoJsonKind.Flag), new("account", GoJsonKind.Text));

    public static readonly RequestSchema Accountz = RequestSchema.Of("AccountzEventOptions", new GoJsonField("account", GoJsonKind.Text));

    public static readonly RequestSchema Accstatz = RequestSchema.Of(
        "AccountStatzEventOptions", new("accounts", GoJsonKind.Texts), new("include_unused", GoJsonKind.Flag));

    public static readonly RequestSchema AccountInfo = RequestSchema.Of("AccInfoEventOptions");

    public static readonly RequestSchema Jsz = RequestSchema.Of(
        "JszEventOptions",
        new("account", GoJsonKind.Text),
        new("accounts", GoJsonKind.Flag),
        new("streams", GoJsonKind.Flag),
        new("consumer", GoJsonKind.Flag),
        new("direct_consumer", GoJsonKind.Flag),
        new("config", GoJsonKind.Flag),
        new("leader_only", GoJsonKind.Flag),
        new("offset", GoJsonKind.Number),
        new("limit", GoJsonKind.Number),
        new("raft", GoJsonKind.Flag),
        new("stream_leader_only", GoJsonKind.Flag));

    public static readonly RequestSchema Healthz = RequestSchema.Of(
        "HealthzEventOptions",
        new("js-enabled", GoJsonKind.Flag),
        new("js-enabled-only", GoJsonKind.Flag),
        new("js-server-only", GoJsonKind.Flag),
        new("js-meta-only", GoJsonKind.Flag),
        new("account", GoJsonKind.Text),
        new("stream", GoJsonKind.Text),
        new("consumer", GoJsonKind.Text),
        new("details", GoJsonKind.Flag));

    public static readonly RequestSchema Profilez = RequestSchema.Of(
        "ProfilezEventOptions", new("name", GoJsonKind.Text), new("debug", GoJsonKind.Number), new("duration", GoJsonKind.Number, "time.Duration"));

    public static readonly RequestSchema Queues = RequestSchema.Of("IpqueueszEventOptions", new("all", GoJsonKind.Flag), new("filter", GoJsonKind.Text));

    public static readonly RequestSchema Raftz = RequestSchema.Of("RaftzEventOptions", new("account", GoJsonKind.Text), new("group", GoJsonKind.Text));

    public static ConnzQuery ReadConnz(GoJsonObject options) => new()
    {
        Sort = options.Text("sort"),
        ShowUser = options.Flag("auth"),
        Subscriptions = options.Flag("subscriptions_detail") ? SubscriptionListing.Detail
            : options.Flag("subscriptions") ? SubscriptionListing.Subjects : SubscriptionListing.None,
        Offset = options.Number("offset"),
        Limit = options.Number("limit"),
        ConnectionId = options.Identifier("cid"),
        MqttClient = options.Text("mqtt_client"),
        // Compat: 0 open, 1 closed, 2 any; any other number finds nothing.
        State = (ConnectionState)Math.Clamp(options.Number("state"), -1, 3),
        User = options.Text("user"),
        Account = options.Text("acc"),
        FilterSubject = options.Text("filter_subject"),
    };

    public static SubszQuery ReadSubsz(GoJsonObject options) => new()
    {
        Offset = options.Number("offset"),
        Limit = options.Number("limit"),
        ShowSubscriptions = options.Flag("subscriptions"),
        Account = options.Text("account"),
        TestSubject = options.Text("test"),
    };

    public static JszQuery ReadJsz(GoJsonObject options) => new()
    {
        Account = options.Text("account"),
        Accounts = options.Flag("accounts"),
        Streams = options.Flag("streams"),
        Consumers = options.Flag("consumer"),
        DirectConsumers = options.Flag("direct_consumer"),
        Config = options.Flag("config"),
        LeaderOnly = options.Flag("leader_only"),
        Offset = options.Number("offset"),
        Limit = options.Number("limit"),
        Raft = options.Flag("raft"),
        StreamLeaderOnly = options.Flag("stream_leader_only"),
    };

    public static HealthzQuery ReadHealthz(GoJsonObject options) => new()
    {
        JetStreamEnabled = options.Flag("js-enabled"),
        JetStreamEnabledOnly = options.Flag("js-enabled-only"),
        ServerOnly = options.Flag("js-server-only"),
        MetaOnly = options.Flag("js-meta-only"),
        Account = options.Text("account"),
        Stream = options.Text("stream"),
        Consumer = options.Text("consumer"),
        Details = options.Flag("details"),
    };
}
