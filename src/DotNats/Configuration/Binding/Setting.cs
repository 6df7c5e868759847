using System.Diagnostics.CodeAnalysis;
using DotNats.Configuration.Language;
using DotNats.Protocol.Text;

namespace DotNats.Configuration.Binding;

/// <summary>One key with its value on the way into an option. The readers report a value of the wrong type and return false.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="MismatchPlace">Where a value of the wrong type is reported; null for its own place.</param>
internal readonly record struct Setting(BindingContext Context, string Key, ConfigNode Node, ConfigPlace? MismatchPlace = null)
{
    public object Value => Node.Value;

    public void Error(string message) => Context.Error(Node.Place, message);

    public void Warn(string message) => Context.Warn(Node.Place, message);

    /// <summary>A warning about how a key is used.</summary>
    public void InvalidUse(string field, string reason) => Warn($"invalid use of field {GoText.Quote(field)}: {reason}");

    public Setting With(ConfigNode node) => this with { Node = node };

    public bool TryText([NotNullWhen(true)] out string? value) => TryGet(out value, "string");

    public bool TryFlag(out bool value) => TryGet(out value, "bool");

    public bool TryInteger(out long value) => TryGet(out value, "int64");

    public bool TryMap([NotNullWhen(true)] out ConfigMap? value) => TryGet(out value, "map[string]interface {}");

    public bool TryList([NotNullWhen(true)] out ConfigList? value) => TryGet(out value, "[]interface {}");

    /// <summary>An integer, brought into the range of an <see cref="int"/>.</summary>
    public bool TryInt(out int value)
    {
        bool done = TryInteger(out long number);
        value = (int)Math.Clamp(number, int.MinValue, int.MaxValue);
        return done;
    }

    /// <summary>A duration in Go's form, or an integer of seconds, which is warned of.</summary>
    /// <param name="field">Name of the key in messages.</param>
    public bool TryDuration(string field, out TimeSpan value)
    {
        if (Value is string text)
        {
            if (GoDuration.TryParse(text, out value, out string? error))
                return true;
            Error($"error parsing {field}: {error}");
            return false;
        }
        InvalidUse(field, field + " should be converted to a duration");
        bool done = TryInteger(out long seconds);
        value = Seconds(seconds);
        return done;
    }

    /// <summary>Texts given one by one or as a list. Entries of another type are reported and left out.</summary>
    /// <param name="field">What the list is of, for messages.</param>
    public IReadOnlyList<string>? Texts(string field)
    {
        if (Value is string single)
            return [single];
        if (Value is not ConfigList list)
        {
            Error($"error parsing {field}: unsupported type {GoText.TypeOf(Value)}");
            return null;
        }
        List<string> texts = [];
        foreach (ConfigNode item in list.Items)
        {
            if (item.Value is string text)
                texts.Add(text);
            else
                Context.Error(item.Place, $"error parsing {field}: unsupported type in array {GoText.TypeOf(item.Value)}");
        }
        return texts;
    }

    /// <summary>The items of a list, all of which must be text.</summary>
    public List<string> TextItems(ConfigList list)
    {
        List<string> texts = [];
        foreach (ConfigNode item in list.Items)
        {
            if (With(item).TryText(out string? text))
                texts.Add(text);
        }
        return texts;
    }

    /// <summary>As much time as a <see cref="TimeSpan"/> can hold.</summary>
    public static TimeSpan Seconds(double seconds) =>
        seconds >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue
        : seconds <= TimeSpan.MinValue.TotalSeconds ? TimeSpan.MinValue
        : TimeSpan.FromSeconds(seconds);

    /// <summary>What nats-server says of a key nobody knows.</summary>
    public static string UnknownField(string key) => $"unknown field {GoText.Quote(key)}";

    private bool TryGet<T>([NotNullWhen(true)] out T? value, string wanted)
    {
        if (Value is T found)
        {
            value = found;
            return true;
        }
        Context.Error(MismatchPlace ?? Node.Place, $"interface conversion: interface {{}} is {GoText.TypeOf(Value)}, not {wanted}");
        value = default;
        return false;
    }
}
