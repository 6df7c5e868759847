using DotNats.Protocol.Text;

namespace DotNats.Server.SystemAccount;

/// <summary>What the body of a request may hold: options of its own, and which servers it is meant for.</summary>
/// <param name="TypeName">Name of nats-server's structure, which its error texts have.</param>
internal sealed record RequestSchema(string TypeName, IReadOnlyList<GoJsonField> Fields)
{
    private static readonly GoJsonField[] Filter =
    [
        new("server_name", GoJsonKind.Text), new("cluster", GoJsonKind.Text), new("host", GoJsonKind.Text), new("exact_match", GoJsonKind.Flag),
        new("tags", GoJsonKind.Texts, "[]string"), new("domain", GoJsonKind.Text),
    ];

    /// <summary>Requests without options.</summary>
    public static RequestSchema FilterOnly { get; } = Of("EventFilterOptions");

    public static RequestSchema Of(string typeName, params ReadOnlySpan<GoJsonField> fields) => new($"server.{typeName}", [.. fields, .. Filter]);

    /// <summary>Whether the request is meant for other servers only.</summary>
    public static bool IsForOthers(ServerCore server, GoJsonObject options)
    {
        bool exact = options.Flag("exact_match");
        NatsServerOptions own = server.Options;
        return !Fits(server.Name, options.Text("server_name"), exact)
            || !Fits(server.Info.Current.Host, options.Text("host"), exact)
            || !Fits(own.Cluster?.Name ?? "", options.Text("cluster"), exact)
            || !options.Texts("tags").All(tag => own.ServerTags.Contains(tag.Trim().ToLowerInvariant()))
            || (options.Text("domain") is { Length: > 0 } domain && domain != own.JetStream.Domain);
    }

    private static bool Fits(string own, string wanted, bool exact) =>
        wanted.Length == 0 || (exact ? own == wanted : own.Contains(wanted, StringComparison.Ordinal));
}
