namespace DotNats.Configuration.Language;

/// <summary>A value of a configuration file with the place it is reported at.</summary>
/// <param name="value">A string, long, double, bool, <see cref="DateTime"/> (UTC), <see cref="ConfigMap"/> or <see cref="ConfigList"/>.</param>
/// <param name="place">In a map the place of the key, in an array that of the value.</param>
internal sealed class ConfigNode(object value, ConfigPlace place)
{
    public object Value { get; } = value;

    public ConfigPlace Place { get; } = place;

    /// <summary>True once a variable referred to this value: then its key may be one no section knows.</summary>
    public bool IsUsedAsVariable { get; set; }

    /// <summary>Values in it, counted again for each time a variable repeats them.</summary>
    public long Weight => Value switch
    {
        ConfigMap map => map.Weight,
        ConfigList list => list.Weight,
        _ => 1,
    };

    /// <summary>Maps and arrays inside one another down from this one; 0 for anything else.</summary>
    public int Depth => Value switch
    {
        ConfigMap map => map.Depth,
        ConfigList list => list.Depth,
        _ => 0,
    };
}

/// <summary>Where a value stands; of one that came from the environment, where it was referred to.</summary>
internal readonly record struct ConfigPlace(string File, int Line, int Column);

/// <summary>A <c>{ }</c>: keys in the order they appeared; the last value of a repeated key counts.</summary>
internal sealed class ConfigMap
{
    // Most maps are a user or an import: a few entries are found faster, and kept in a quarter of the space, without a hash table.
    private const int SmallCount = 8;

    private readonly List<KeyValuePair<string, ConfigNode>> _entries = new(4);
    private Dictionary<string, int>? _index;

    public int Count => _entries.Count;

    public IReadOnlyList<KeyValuePair<string, ConfigNode>> Entries => _entries;

    public long Weight { get; private set; } = 1;

    public int Depth { get; private set; } = 1;

    /// <summary>Where the last entry stands; null without entries.</summary>
    // Compat: nats-server reports what is wrong with a map as a whole at the key it looked at last; any of its keys can be that.
    public ConfigPlace? LastPlace => _entries is [.., var last] ? last.Value.Place : null;

    public ConfigNode? this[string key] => Find(key) is var at and >= 0 ? _entries[at].Value : null;

    public void Set(string key, ConfigNode value)
    {
        Weight += value.Weight;
        Depth = Math.Max(Depth, value.Depth + 1);
        int at = Find(key);
        if (at >= 0)
        {
            _entries[at] = new KeyValuePair<string, ConfigNode>(key, value);
            return;
        }
        _entries.Add(new KeyValuePair<string, ConfigNode>(key, value));
        _index?.Add(key, _entries.Count - 1);
        if (_entries.Count == SmallCount + 1)
            _index = _entries.Select((e, i) => (e.Key, i)).ToDictionary(e => e.Key, e => e.i, StringComparer.Ordinal);
    }

    private int Find(string key)
    {
        if (_index is not null)
            return _index.TryGetValue(key, out int at) ? at : -1;
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Key == key)
                return i;
        }
        return -1;
    }
}

/// <summary>A <c>[ ]</c>.</summary>
internal sealed class ConfigList
{
    private readonly List<ConfigNode> _items = [];

    public IReadOnlyList<ConfigNode> Items => _items;

    public long Weight { get; private set; } = 1;

    public int Depth { get; private set; } = 1;

    public void Add(ConfigNode item)
    {
        _items.Add(item);
        Weight += item.Weight;
        Depth = Math.Max(Depth, item.Depth + 1);
    }
}
