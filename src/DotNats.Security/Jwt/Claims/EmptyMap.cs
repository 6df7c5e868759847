using System.Collections.ObjectModel;

namespace DotNats.Security;

internal static class EmptyMap<T>
{
    public static ReadOnlyDictionary<string, T> Instance => ReadOnlyDictionary<string, T>.Empty;
}
