using System.Text;
using DotNats.Primitives;

namespace DotNats.Configuration.Accounts;

/// <summary>What must hold for a subject mapping.</summary>
internal static class MappingRules
{
    private const int WholeWeight = 100;

    /// <summary>What is wrong, in nats-server's words, or null.</summary>
    public static string? Check(SubjectMapping mapping)
    {
        if (!Subjects.IsValidFilter(Encoding.UTF8.GetBytes(mapping.Source)))
            return "invalid subject";
        HashSet<string> seen = [];
        Dictionary<string, int> weights = [];
        foreach (MappingDestination destination in mapping.Destinations)
        {
            if (!seen.Add(destination.Subject))
                return $"duplicate entry for {Language.GoText.Quote(destination.Subject)}";
            if (destination.Weight > WholeWeight)
                return "individual weights need to be <= 100";
            string cluster = destination.Cluster ?? "";
            weights[cluster] = weights.GetValueOrDefault(cluster) + destination.Weight;
            if (weights[cluster] > WholeWeight)
                return "total weight needs to be <= 100";
            if (TransformRules.CheckMapping(mapping.Source, destination.Subject) is { } error)
                return error;
        }
        return null;
    }
}
