using Load.Wire;

namespace Load.Workers;

/// <summary>
/// Who publishes what to whom: groups of publishers and subscribers, each group on one subject, every subscriber getting all of it.
/// </summary>
internal sealed record FlowShape(int Groups, int PublishersPerGroup, int SubscribersPerGroup, int PayloadBytes)
{
    private const string Root = "load";

    /// <summary>
    /// What may be on the way to one subscriber: large enough to keep any server busy, far below the 64 MiB where nats-server drops it.
    /// </summary>
    internal const int WindowBytes = 8 * 1024 * 1024;

    /// <summary>Each message is its own send() instead of 64 KiB of messages at a time.</summary>
    internal bool OneMessagePerWrite { get; init; }

    internal bool Tls { get; init; }

    /// <summary>First token of the subjects messages arrive with; another one where the server renames them.</summary>
    internal string DeliveredRoot { get; init; } = Root;

    /// <summary>Subscribers ask for all subjects of that root instead of their group's.</summary>
    internal bool WildcardSubscriptions { get; init; }

    /// <summary>Subscribers log in with this name, also as their password; without, and publishers always, nobody does.</summary>
    internal string SubscriberUser { get; init; } = "";

    /// <summary>How long nothing may move before the run is given up.</summary>
    internal int StallMilliseconds { get; init; } = 8000;

    internal int Publishers => Groups * PublishersPerGroup;

    internal int Subscribers => Groups * SubscribersPerGroup;

    internal long WindowMessages => Math.Max(WindowBytes / (PayloadBytes + 32), 2L * PublishersPerGroup);

    // Each group has a payload of its own: a message that went to the wrong subscriber does not look right there.
    internal byte[] PublishFrame(int group) => Pattern.Publish(Subject(group), PayloadBytes, seed: group);

    internal byte[] DeliverFrame(int group) => Pattern.Deliver(DeliveredSubject(group), "1", PayloadBytes, seed: group);

    internal static string Subject(int group) => $"{Root}.{group}";

    internal string DeliveredSubject(int group) => $"{DeliveredRoot}.{group}";

    internal string Subscription(int group) => WildcardSubscriptions ? $"{DeliveredRoot}.*" : DeliveredSubject(group);

    internal string[] ToArguments() =>
    [
        "--groups", $"{Groups}", "--publishers", $"{PublishersPerGroup}", "--subscribers", $"{SubscribersPerGroup}",
        "--payload", $"{PayloadBytes}", "--single", OneMessagePerWrite ? "true" : "false",
        "--tls", Tls ? "true" : "false", "--stall", $"{StallMilliseconds}",
        "--delivered-root", DeliveredRoot, "--subscriber-user", SubscriberUser,
        "--wildcard", WildcardSubscriptions ? "true" : "false",
    ];

    internal static FlowShape FromArguments(WorkerArguments arguments) =>
        new(arguments.Integer("groups"), arguments.Integer("publishers"), arguments.Integer("subscribers"), arguments.Integer("payload"))
        {
            OneMessagePerWrite = arguments.Flag("single"),
            Tls = arguments.Flag("tls"),
            StallMilliseconds = arguments.Integer("stall"),
            DeliveredRoot = arguments.Text("delivered-root"),
            SubscriberUser = arguments.Text("subscriber-user"),
            WildcardSubscriptions = arguments.Flag("wildcard"),
        };
}
