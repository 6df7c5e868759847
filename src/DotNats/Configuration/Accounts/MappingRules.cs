using DotNats.Security;

namespace DotNats.Configuration.Accounts;

/// <summary>What must hold for a subject mapping.</summary>
internal static class MappingRules
{
    /// <summary>What is wrong, in nats-server's words, or null.</summary>
    public static string? Check(SubjectMapping mapping)
    {
        _ = MappingRule.TryCreate(mapping.Source, mapping.ToWeightedSubjects(), out _, out string? error);
        return error;
    }
}
