using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>From mappings as configured to those that run.</summary>
internal static class AccountMappings
{
    /// <summary>Null for none. What cannot be compiled was refused with the options it is in.</summary>
    /// <param name="cluster">Name of the cluster this server belongs to; null for none.</param>
    public static SubjectMappings? Compile(IReadOnlyList<SubjectMapping> mappings, string? cluster)
    {
        var rules = new List<MappingRule>(mappings.Count);
        foreach (SubjectMapping mapping in mappings)
        {
            if (MappingRule.TryCreate(mapping.Source, mapping.ToWeightedSubjects(), out MappingRule? rule, out _)) rules.Add(rule!);
        }

        return SubjectMappings.Create(rules, cluster);
    }
}
