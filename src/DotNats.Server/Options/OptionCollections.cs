using System.Diagnostics.CodeAnalysis;

namespace DotNats;

// Records compare their members, and the framework's collections compare as objects. These compare by content, and option records copy what
// they are given into them: two readings of the same file give equal options, a reload sees only what changed, and nobody can change a list
// that belongs to options in force.

/// <summary>A list that equals another with the same items in the same order.</summary>
internal sealed class OptionList<T>(IEnumerable<T> items) : List<T>(items)
{
    public override bool Equals(object? obj) => obj is IReadOnlyList<T> other && this.SequenceEqual(other);

    public override int GetHashCode() => Count == 0 ? 0 : HashCode.Combine(Count, this[0]);
}

/// <summary>A set of texts that equals another with the same texts.</summary>
internal sealed class OptionSet(IEnumerable<string> items) : HashSet<string>(items, StringComparer.Ordinal)
{
    /// <summary>An immutable copy; null for null.</summary>
    [return: NotNullIfNotNull(nameof(items))]
    public static IReadOnlySet<string>? Copy(IReadOnlySet<string>? items) => items is null or OptionSet ? items : new OptionSet(items);

    public override bool Equals(object? obj) => obj is IReadOnlySet<string> other && SetEquals(other);

    public override int GetHashCode() => Count;
}

/// <summary>A dictionary that equals another with the same entries.</summary>
internal sealed class OptionMap<TValue>() : Dictionary<string, TValue>(StringComparer.Ordinal)
{
    public override bool Equals(object? obj) => obj is IReadOnlyDictionary<string, TValue> other && Count == other.Count
        && this.All(e => other.TryGetValue(e.Key, out TValue? value) && EqualityComparer<TValue>.Default.Equals(e.Value, value));

    public override int GetHashCode() => Count;
}

/// <summary>Makes the lists of option records.</summary>
internal static class OptionList
{
    /// <summary>An immutable copy, the one empty array for an empty list; null for null.</summary>
    [return: NotNullIfNotNull(nameof(items))]
    public static IReadOnlyList<T>? Copy<T>(IReadOnlyList<T>? items) =>
        items is null or OptionList<T> ? items : items.Count == 0 ? [] : new OptionList<T>(items);
}

/// <summary>Makes the dictionaries of option records.</summary>
internal static class OptionMap
{
    /// <summary>An immutable copy; null for null.</summary>
    [return: NotNullIfNotNull(nameof(entries))]
    public static IReadOnlyDictionary<string, TValue>? Copy<TValue>(IReadOnlyDictionary<string, TValue>? entries)
    {
        if (entries is null or OptionMap<TValue>)
            return entries;
        OptionMap<TValue> copy = new();
        foreach ((string key, TValue value) in entries)
            copy[key] = value;
        return copy;
    }
}
