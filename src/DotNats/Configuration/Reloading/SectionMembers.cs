namespace DotNats.Configuration.Reloading;

/// <summary>Members of a section that may not change, by the names nats-server has for them.</summary>
internal sealed class SectionMembers<T>(string key, string name)
{
    private readonly List<(string Name, Func<T, object?> Get, bool IsSecret)> _members = [];

    public SectionMembers<T> Add(string member, Func<T, object?> get)
    {
        _members.Add((member, get, false));
        return this;
    }

    public SectionMembers<T> AddSecret(string member, Func<T, object?> get)
    {
        _members.Add((member, get, true));
        return this;
    }

    /// <summary>One error for each member that differs.</summary>
    /// <param name="where">Which one of several, in front of the member; empty for the section itself.</param>
    public IEnumerable<OptionChange> Compare(T before, T after, string where = "")
    {
        foreach ((string member, Func<T, object?> get, bool isSecret) in _members)
        {
            (object? old, object? now) = (get(before), get(after));
            if (Equals(old, now))
                continue;
            (string from, string to) = isSecret ? ("[REDACTED]", "[REDACTED]") : (OptionField.Print(old), OptionField.Print(now));
            yield return OptionField.Refuse(key, $"config reload not supported for {name}: {where}field \"{member}\": old={from}, new={to}");
        }
    }
}
