using System.Collections.ObjectModel;

namespace DotNats.Protocol.Text;

/// <summary>Tells lists that were given empty from those that were not given.</summary>
// Compat: Go does where it compares, so that nats-server takes the one for a change of the other; it forgets which it was when it writes them.
public static class GoList
{
    /// <summary>A list that was given without an item; one that was not given is any other empty list.</summary>
    public static IReadOnlyList<T> GivenEmpty<T>() => ReadOnlyCollection<T>.Empty;

    /// <summary>Both have items, or both were given, or neither was.</summary>
    public static bool AreAlike<T>(IReadOnlyList<T> one, IReadOnlyList<T> other) => IsGiven(one) == IsGiven(other);

    private static bool IsGiven<T>(IReadOnlyList<T> list) => list.Count > 0 || ReferenceEquals(list, ReadOnlyCollection<T>.Empty);
}
