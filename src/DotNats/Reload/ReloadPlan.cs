namespace DotNats.Reload;

/// <summary>What a reload would do: everything, or nothing and why.</summary>
/// <param name="Options">The options to put in force.</param>
/// <param name="Refusals">Changes that need a restart; with any, nothing may be put in force.</param>
/// <param name="Notices">Log lines of the changes made.</param>
internal sealed record ReloadPlan(NatsServerOptions Options, IReadOnlyList<string> Refusals, IReadOnlyList<string> Notices)
{
    /// <summary>Compares the options in force with those wanted.</summary>
    /// <param name="before">Options in force, with the port that is really bound.</param>
    public static ReloadPlan Make(NatsServerOptions before, NatsServerOptions after)
    {
        List<string> refusals = [];
        List<string> notices = [];
        foreach (ReloadRule rule in ReloadRules.All)
        {
            if (rule.Refuse?.Invoke(before, after) is { } refusal) refusals.Add(refusal);
            if (rule.Notice?.Invoke(before, after) is { } notice) notices.Add(notice);
        }
        return new ReloadPlan(after with { Port = before.Port }, refusals, notices);
    }
}
