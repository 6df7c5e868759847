namespace DotNats.Server.Accounts;

/// <summary>Finds imports by which a message would come back to an account it has been in.</summary>
/// <param name="find">The node of an account; null for one that is not there.</param>
internal sealed class ImportCycles(Func<string, SharingNode?> find)
{
    // Accounts in a chain of imports; nats-server gives up beyond.
    private const int LongestChain = 1024;

    /// <summary>What is wrong with a stream import by <paramref name="importer"/>, in nats-server's words; null for nothing.</summary>
    public string? FindInStreams(string importer, SharingNode exporter, string subject) => FollowStreams(exporter, subject, [importer]);

    public string? FindInServices(string importer, SharingNode exporter, string subject) => FollowServices(exporter, subject, [importer]);

    private string? FollowStreams(SharingNode node, string subject, HashSet<string> visited)
    {
        if (visited.Count >= LongestChain) return "search cycle depth exhausted";
        if (SharingNode.FindExport(node.StreamExports, subject) is null) return null;
        foreach (StreamImport import in node.StreamImports)
        {
            if (!ImportSubjects.Overlap(subject, import.To)) continue;
            if (visited.Contains(import.ExporterName)) return "import forms a cycle";
            visited.Add(node.Name);
            string narrower = ImportSubjects.IsSubset(import.To, subject) ? import.To : subject;
            if (find(import.ExporterName) is { } exporter && FollowStreams(exporter, narrower, visited) is { } error) return error;
        }

        return null;
    }

    private string? FollowServices(SharingNode node, string subject, HashSet<string> visited)
    {
        if (visited.Count >= LongestChain) return "search cycle depth exhausted";
        foreach (ServiceImport import in node.ServiceImports)
        {
            if (!ImportSubjects.Overlap(subject, import.Remote)) continue;
            if (visited.Contains(import.ExporterName)) return "import forms a cycle";
            visited.Add(node.Name);
            string narrower = ImportSubjects.IsSubset(import.Local, subject) ? import.Local : subject;
            if (find(import.ExporterName) is { } exporter && FollowServices(exporter, narrower, visited) is { } error) return error;
        }

        return null;
    }
}
