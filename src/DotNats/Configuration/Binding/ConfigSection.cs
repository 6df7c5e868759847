using System.Collections.Frozen;
using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>A map with a fixed set of keys and the options it fills.</summary>
internal sealed class ConfigSection<T>
{
    private readonly FrozenDictionary<string, ConfigKey<T>> _keys;
    private readonly Func<string, string> _unknown;
    private readonly bool _allowsVariables;

    /// <param name="unknown">What to say of a key that is not in the table; null for the usual.</param>
    /// <param name="allowsVariables">Whether an unknown key is fine when it is only there to be a variable.</param>
    public ConfigSection(IReadOnlyList<ConfigKey<T>> keys, Func<string, string>? unknown = null, bool allowsVariables = true)
    {
        Keys = keys;
        _unknown = unknown ?? Setting.UnknownField;
        _allowsVariables = allowsVariables;
        _keys = keys.SelectMany(key => key.Names.Select(name => (name, key))).ToFrozenDictionary(k => k.name, k => k.key);
    }

    public IReadOnlyList<ConfigKey<T>> Keys { get; }

    /// <summary>Binds every entry of the map in the order of the file; what is wrong is reported, the rest still bound.</summary>
    /// <param name="mismatchPlace">Where values of the wrong type are reported; null for their own places.</param>
    public T Bind(T options, ConfigMap map, BindingContext context, ConfigPlace? mismatchPlace = null)
    {
        foreach ((string name, ConfigNode node) in map.Entries)
        {
            Setting setting = new(context, name, node, mismatchPlace);
            if (_keys.TryGetValue(name, out ConfigKey<T>? key) || _keys.TryGetValue(name.ToLowerInvariant(), out key))
                options = key.Bind(options, setting);
            else if (!_allowsVariables || !node.IsUsedAsVariable)
                setting.Error(_unknown(name));
        }
        return options;
    }
}
