using Load.Harness;
using Load.Workers;

namespace Load.Cases;

/// <summary>All cases, with the goals that the product has set itself against nats-server.</summary>
internal static class CaseCatalog
{
    internal static IReadOnlyList<LoadCase> All { get; } =
    [
        Batch("pub-16", "publish only, 16 B", new(1, 1, 0, 16), Goal.RateAtLeast(4), Goal.CpuAtMost(0.25)),
        Batch("1to1-16", "1→1, 16 B", new(1, 1, 1, 16), Goal.RateAtLeast(4), Goal.CpuAtMost(0.25)),
        Batch("1to4-16", "1→4, 16 B", new(1, 1, 4, 16), Goal.RateAtLeast(4), Goal.CpuAtMost(0.25)),
        Batch("pairs-16", "4 pairs with a subject each, 16 B", new(4, 1, 1, 16), Goal.RateAtLeast(4), Goal.CpuAtMost(0.25)),
        Batch("4to4-16", "4→4, all get all, 16 B", new(1, 4, 4, 16), Goal.RateAtLeast(2)),
        Batch("pub-128", "publish only, 128 B", new(1, 1, 0, 128), Goal.RateAtLeast(3), Goal.CpuAtMost(0.3)),
        Batch("1to1-128", "1→1, 128 B", new(1, 1, 1, 128), Goal.RateAtLeast(3), Goal.CpuAtMost(0.3)),
        Batch("1to4-128", "1→4, 128 B", new(1, 1, 4, 128), Goal.RateAtLeast(3), Goal.CpuAtMost(0.3)),
        Batch("pairs-128", "4 pairs with a subject each, 128 B", new(4, 1, 1, 128), Goal.RateAtLeast(3), Goal.CpuAtMost(0.3)),
        Batch("4to4-128", "4→4, all get all, 128 B", new(1, 4, 4, 128), Goal.RateAtLeast(2)),
        Batch("1to100-128", "1→100, 128 B", new(1, 1, 100, 128), Goal.RateAtLeast(2), new(Metric.PeakMemory, GoalKind.RatioAtMost, 1)),
        Batch("1to1-1k", "1→1, 1 KiB", new(1, 1, 1, 1024), Goal.RateAtLeast(1.5), Goal.CpuAtMost(0.5)),
        Batch("pairs-1k", "4 pairs with a subject each, 1 KiB", new(4, 1, 1, 1024), Goal.RateAtLeast(1.5), Goal.CpuAtMost(0.5)),
        Batch("1to4-1k", "1→4, 1 KiB", new(1, 1, 4, 1024), Goal.RateAtLeast(1)),
        Batch("4to4-1k", "4→4, all get all, 1 KiB", new(1, 4, 4, 1024), Goal.RateAtLeast(1)),
        Batch("1to1-64k", "1→1, 64 KiB", new(1, 1, 1, 65536), Goal.RateAtLeast(1)),
        Single("single-1to1", "one 128 B message per write, 1→1", new(1, 1, 1, 128), FlowLayout.PublishersTogether, SingleGoals),
        Single("single-16to1", "one 128 B message per write, 16 publishers in a process each →1", new(1, 16, 1, 128),
            FlowLayout.PublishersAlone, SingleGoals),
        Single("single-16to1-shared", "the same, 16 publishers taking turns in one process", new(1, 16, 1, 128),
            FlowLayout.PublishersTogether, SingleGoals),
        Single("single-pairs", "one 128 B message per write, 4 pairs, publishers in a process each", new(4, 1, 1, 128),
            FlowLayout.PublishersAlone),
        new RequestCase("req-1", "request and reply of 128 B, one client, one service", 1, 1,
            new(Metric.Median, GoalKind.RatioAtMost, 0.65), Goal.CpuAtMost(0.5)),
        new RequestCase("req-50", "request and reply of 128 B, 50 clients, one service", 50, 1, Goal.RateAtLeast(1.5)),
        Batch("tls-1to1-128", "1→1 over TLS, 128 B", new(1, 1, 1, 128) { Tls = true }, Goal.RateAtLeast(1)),
        Batch("tls-1to1-1k", "1→1 over TLS, 1 KiB", new(1, 1, 1, 1024) { Tls = true }, Goal.RateAtLeast(1)),
        Feature("perm-1to1-128", "1→1, 128 B, a user with allow and deny clauses, against the same server without", Permissions,
            new(1, 1, 1, 128) { WildcardSubscriptions = true }),
        Feature("map-1to1-128", "1→1, 128 B, through a wildcard mapping, against the same server without", Mapping,
            new(1, 1, 1, 128) { DeliveredRoot = "maps" }),
        Feature("import-1to1-128", "1→1, 128 B, from another account's stream, against the same server without", StreamImport,
            new(1, 1, 1, 128) { DeliveredRoot = "maps", SubscriberUser = "importer" }),
        new HandshakeCase(Goal.RateAtLeast(1)),
        new StartCase(Goal.ValueAtMost(Metric.StartTime, 15)),
        new IdleMemoryCase(Goal.ValueAtMost(Metric.Memory, 16)),
        new IdleConnectionsCase(Goal.ValueAtMost(Metric.BytesPerConnection, 4096)),
        new SubscriptionsCase(Goal.ValueAtMost(Metric.BytesPerSubscription, 300), Goal.ValueAtMost(Metric.ColdMatch, 2)),
        new ConfiguredAccountsCase(Goal.ValueAtMost(Metric.StartTime, 3000)),
        new ResolvedAccountsCase(Goal.ValueAtMost(Metric.LoadTime, 5000)),
        new ChurnCase(Goal.ValueAtMost(Metric.ChurnLoss, 20)),
        .. StreamCases.All,
        .. ConsumerCases.All,
    ];

    private static Goal[] SingleGoals => [Goal.RateAtLeast(1), Goal.CpuAtMost(0.9)];

    /// <summary>Cases by name; a trailing `*` takes all that begin so. No names: all cases.</summary>
    /// <exception cref="ArgumentException">A name fits nothing.</exception>
    internal static IReadOnlyList<LoadCase> Select(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return All;
        List<LoadCase> selected = [];
        foreach (string name in names)
        {
            LoadCase[] found = [.. All.Where(c => Fits(name, c.Name))];
            if (found.Length == 0) throw new ArgumentException($"no case is called {name}; see `Load list`");
            selected.AddRange(found.Where(c => !selected.Contains(c)));
        }
        return selected;
    }

    private static bool Fits(string pattern, string name) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;

    // What multi-tenancy may cost: a tenth.
    private static FeatureCase Feature(string name, string summary, string configuration, FlowShape shape) =>
        new(name, summary, configuration, shape, Goal.RateAtLeast(0.9));

    private const string Permissions = """
        authorization {
          users: [ { user: load, password: load, permissions: {
            publish: { allow: ["load.*", "orders.>", "_INBOX.>"], deny: ["load.secret", "orders.*.secret"] },
            subscribe: { allow: ["load.*", "orders.>", "_INBOX.>"], deny: ["load.secret", "orders.*.secret"] } } } ]
        }
        no_auth_user: load
        """;

    private const string Mapping = """
        mappings { "load.*": "maps.$1", "orders.*.*": "orders.$2.{{partition(10,1)}}", "plain": "simple" }
        """;

    private const string StreamImport = """
        accounts {
          EXPORTER: { users: [ { user: load, password: load } ], exports: [ { stream: "load.*" } ] }
          IMPORTER: { users: [ { user: importer, password: importer } ], imports: [ { stream: { account: EXPORTER, subject: "load.*" }, to: "maps.*" } ] }
        }
        no_auth_user: load
        """;

    private static FlowCase Batch(string name, string summary, FlowShape shape, params Goal[] goals) =>
        new(name, summary, shape, FlowLayout.Together, goals);

    private static FlowCase Single(string name, string summary, FlowShape shape, FlowLayout layout, params Goal[] goals) =>
        new(name, summary, shape with { OneMessagePerWrite = true }, layout, goals);
}
