using DotNats.JetStream.Api;
using DotNats.Security;
using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.JetStream.Service;

/// <summary>Lets the accounts of a server with a domain ask under the domain's subjects too: <c>$JS.&lt;domain&gt;.API.…</c>.</summary>
internal static class DomainMappings
{
    // Compat: what nats-server maps, piece by piece: key-value and object stores have subjects of their own below the domain's.
    private static readonly (string Suffix, string Destination)[] Mapped =
    [
        ("INFO", ApiSubjects.AccountInfo),
        ("STREAM.>", "$JS.API.STREAM.>"),
        ("CONSUMER.>", "$JS.API.CONSUMER.>"),
        ("DIRECT.>", "$JS.API.DIRECT.>"),
        ("META.>", "$JS.API.META.>"),
        ("SERVER.>", "$JS.API.SERVER.>"),
        ("ACCOUNT.>", "$JS.API.ACCOUNT.>"),
        ("$KV.>", "$KV.>"),
        ("$OBJ.>", "$OBJ.>"),
    ];

    /// <summary>Adds what is missing to an account; mappings of its own for the same subjects go before.</summary>
    public static void Add(ServerCore server, Account account)
    {
        if (server.Options.JetStream.Domain is not { Length: > 0 } domain) return;
        IEnumerable<(string Source, string Destination)> wanted = account.IsSystem
            ? [($"$JS.{domain}.API.>", ApiSubjects.All)]
            : Mapped.Select(mapped => ($"$JS.{domain}.API.{mapped.Suffix}", mapped.Destination));
        List<MappingRule> rules = [.. account.Mappings?.Rules ?? []];
        int before = rules.Count;
        foreach ((string source, string destination) in wanted)
        {
            if (rules.Exists(rule => rule.Source == source)) continue;
            if (!MappingRule.TryCreate(source, [new WeightedSubject(destination)], out MappingRule? rule, out _)) continue;
            ServiceLog.DomainMapping(server.Logger, source, destination, account.Name);
            rules.Add(rule!);
        }

        if (rules.Count > before) account.Mappings = SubjectMappings.Create(rules, server.Options.Cluster?.Name);
    }
}
