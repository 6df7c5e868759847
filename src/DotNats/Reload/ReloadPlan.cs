using DotNats.Configuration;
using DotNats.Configuration.Reloading;

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
        List<OptionChange> changes = [];
        foreach (OptionField field in OptionFields.All)
        {
            int count = changes.Count;
            changes.AddRange(field.Compare(before, after));
            // Compat: users and accounts are gone through at every reload, and that is said every time.
            if (changes.Count == count && field == OptionFields.Users)
                changes.Add(OptionField.Apply(field.Key, "Reloaded: authorization users"));
            if (changes.Count == count && field == OptionFields.Accounts)
                changes.Add(OptionField.Apply(field.Key, "Reloaded: accounts"));
        }
        IEnumerable<string> Of(OptionChangeKind kind) => changes.Where(c => c.Kind == kind).Select(c => c.Message).Distinct();
        return new ReloadPlan(after with { Port = before.Port }, [.. Of(OptionChangeKind.NotReloadable)], [.. Of(OptionChangeKind.Reloadable)]);
    }
}
