namespace DotNats;

// Records compare their members, and the framework's lists compare as objects. These compare by content, so that two readings of the same
// file give equal options and a reload sees only what changed. Whoever sets plain arrays gets a reload of that part, nothing worse.

/// <summary>A list that equals another with the same items in the same order.</summary>
internal sealed class OptionList<T> : List<T>
{
    private OptionList(IEnumerable<T> items)
        : base(items)
    {
    }

    /// <summary>A list of the items; the one empty array for none, which every default is too.</summary>
    public static IReadOnlyList<T> Of(IEnumerable<T> items)
    {
        OptionList<T> list = new(items);
        return list.Count == 0 ? [] : list;
    }

    public override bool Equals(object? obj) => obj is IReadOnlyList<T> other && this.SequenceEqual(other);

    public override int GetHashCode() => Count == 0 ? 0 : HashCode.Combine(Count, this[0]);
}

/// <summary>A set of texts that equals another with the same texts.</summary>
internal sealed class OptionSet(IEnumerable<string> items) : HashSet<string>(items, StringComparer.Ordinal)
{
    public override bool Equals(object? obj) => obj is IReadOnlySet<string> other && SetEquals(other);

    public override int GetHashCode() => Count;
}

/// <summary>A dictionary that equals another with the same entries.</summary>
internal sealed class OptionMap<TValue> : Dictionary<string, TValue>
{
    public OptionMap()
        : base(StringComparer.Ordinal)
    {
    }

    public override bool Equals(object? obj) => obj is IReadOnlyDictionary<string, TValue> other && Count == other.Count
        && this.All(e => other.TryGetValue(e.Key, out TValue? value) && EqualityComparer<TValue>.Default.Equals(e.Value, value));

    public override int GetHashCode() => Count;
}
