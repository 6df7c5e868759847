using DotNats.Configuration.Reloading;

namespace DotNats.Configuration;

/// <summary>Whether a change takes effect while the server runs.</summary>
public enum OptionChangeKind
{
    Reloadable,

    /// <summary>The reload must fail as a whole; the running options stay.</summary>
    NotReloadable,
}

/// <summary>One option that differs between what runs and what was read.</summary>
/// <param name="Key">The configuration key; a section's name for what is inside one.</param>
/// <param name="Message">
/// nats-server's words: the log line of a change that took effect (<c>Reloaded: debug = true</c>), the error of one that cannot
/// (<c>config reload not supported for MaxSubs: old=0, new=7</c>). Secrets are not in it.
/// </param>
public sealed record OptionChange(string Key, OptionChangeKind Kind, string Message);

/// <summary>Compares running options with newly read ones.</summary>
public static class OptionsDiff
{
    /// <summary>All differences, in the order nats-server looks for them; it stops at the first that is not reloadable.</summary>
    /// <param name="oldOptions">Options that run, ports as configured.</param>
    /// <param name="newOptions">Options just read, flags applied.</param>
    /// <remarks>A port of 0 or -1 in the new options keeps the port in use.</remarks>
    public static IReadOnlyList<OptionChange> Compare(NatsServerOptions oldOptions, NatsServerOptions newOptions)
    {
        List<OptionChange> changes = [];
        foreach (OptionField field in OptionFields.All)
            changes.AddRange(field.Compare(oldOptions, newOptions));
        return changes;
    }
}
