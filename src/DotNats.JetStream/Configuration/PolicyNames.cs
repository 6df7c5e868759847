using System.Text;
using DotNats.Primitives;
using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>The words of an enumeration in JSON.</summary>
/// <remarks>
/// Compat: what a value stands for is read from its text as it is, so null and words with escapes are wrong. Only discard policies are known
/// whatever their case.
/// </remarks>
internal sealed class PolicyNames<T>
    where T : struct, Enum
{
    private readonly StringComparison _comparison;
    private readonly (T Value, string Name)[] _names;

    /// <summary>The first name of a value is the one that is written.</summary>
    public PolicyNames(StringComparison comparison, params (T Value, string Name)[] names)
    {
        _comparison = comparison;
        _names = names;
    }

    public PolicyNames(params (T Value, string Name)[] names)
        : this(StringComparison.Ordinal, names)
    {
    }

    /// <summary>What comes before an unknown value in error texts; null for the usual words, with the value in quotes.</summary>
    public string? Complaint { get; init; }

    public string this[T value]
    {
        get
        {
            foreach ((T known, string name) in _names)
            {
                if (EqualityComparer<T>.Default.Equals(known, value)) return name;
            }

            throw new ArgumentOutOfRangeException(nameof(value), value, "has no name");
        }
    }

    public T Read(ref GoJsonReader json, T current)
    {
        ReadOnlySpan<byte> raw = json.Raw();
        string text = Encoding.UTF8.GetString(raw);
        foreach ((T value, string name) in _names)
        {
            if (text.Length == name.Length + 2 && text[0] == '"' && text.AsSpan(1, name.Length).Equals(name, _comparison)) return value;
        }

        json.Refuse(Complaint is null ? $"can not unmarshal {GoQuote.Quote(raw)}" : Complaint + text);
        return current;
    }
}

/// <summary>The words of every enumeration of stream configurations.</summary>
internal static class PolicyNames
{
    public static PolicyNames<RetentionPolicy> Retention { get; } =
        new((RetentionPolicy.Limits, "limits"), (RetentionPolicy.Interest, "interest"), (RetentionPolicy.WorkQueue, "workqueue"));

    public static PolicyNames<DiscardPolicy> Discard { get; } =
        new(StringComparison.OrdinalIgnoreCase, (DiscardPolicy.Old, "old"), (DiscardPolicy.New, "new"));

    public static PolicyNames<StorageType> Storage { get; } = new((StorageType.File, "file"), (StorageType.Memory, "memory"));

    public static PolicyNames<PersistMode> Persist { get; } =
        new((PersistMode.Default, "default"), (PersistMode.Default, ""), (PersistMode.Async, "async"));

    public static string NameOf(StoreCompression compression) => compression == StoreCompression.S2 ? "s2" : "none";

    // Compat: a JSON string of its own, with escapes; errors name no field.
    public static StoreCompression ReadCompression(ref GoJsonReader json, StoreCompression current)
    {
        string name = GoJsonReader.ReadText(json.Raw(), out string? error);
        StoreCompression? known = name switch
        {
            "s2" => StoreCompression.S2,
            "none" => StoreCompression.None,
            _ => null,
        };
        if (error is not null || known is null) json.Refuse(error ?? "unknown compression algorithm");
        return known ?? current;
    }
}
