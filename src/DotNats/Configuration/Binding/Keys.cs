using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Makes table entries for keys of the usual types. Names are written apart by blanks, the usual one first.</summary>
internal static class Keys<T>
{
    public static ConfigKey<T> Text(string names, Reload reload, string help, Func<T, string, T> set) =>
        new(names.Split(' '), "text", reload, help, (o, s) => s.TryText(out string? value) ? set(o, value) : o);

    public static ConfigKey<T> Flag(string names, Reload reload, string help, Func<T, bool, T> set) =>
        new(names.Split(' '), "yes/no", reload, help, (o, s) => s.TryFlag(out bool value) ? set(o, value) : o);

    public static ConfigKey<T> Integer(string names, Reload reload, string help, Func<T, long, T> set) =>
        new(names.Split(' '), "integer", reload, help, (o, s) => s.TryInteger(out long value) ? set(o, value) : o);

    /// <summary>An integer kept as an <see cref="int"/>; what is beyond its range becomes its end.</summary>
    public static ConfigKey<T> Int(string names, Reload reload, string help, Func<T, int, T> set) =>
        new(names.Split(' '), "integer", reload, help, (o, s) => s.TryInt(out int value) ? set(o, value) : o);

    /// <summary>A duration; a plain integer counts seconds and is warned of.</summary>
    /// <param name="field">The name messages use; null for the key as written.</param>
    public static ConfigKey<T> Duration(string names, Reload reload, string help, Func<T, TimeSpan, T> set, string? field = null) =>
        new(names.Split(' '), "duration", reload, help, (o, s) => s.TryDuration(field ?? s.Key, out TimeSpan value) ? set(o, value) : o);

    /// <summary><c>port</c> or <c>host:port</c>.</summary>
    public static ConfigKey<T> Listen(string names, Reload reload, string help, Func<T, HostPort, T> set) =>
        new(names.Split(' '), "host:port", reload, help, (o, s) => HostPort.TryRead(s, out HostPort value) ? set(o, value) : o);

    /// <summary>A text or a list of texts.</summary>
    /// <param name="what">What the list is of, in messages.</param>
    public static ConfigKey<T> Texts(string names, Reload reload, string help, string what, Func<T, IReadOnlyList<string>, T> set) =>
        new(names.Split(' '), "list", reload, help, (o, s) => s.Texts(what) is { } texts ? set(o, texts) : o);

    /// <summary>A map with keys of its own.</summary>
    public static ConfigKey<T> Map(string names, Reload reload, string help, Func<T, Setting, T> bind) =>
        new(names.Split(' '), "map", reload, help, bind);

    /// <summary>Anything else.</summary>
    public static ConfigKey<T> Other(string names, string form, Reload reload, string help, Func<T, Setting, T> bind) =>
        new(names.Split(' '), form, reload, help, bind);

    /// <summary><c>write_timeout</c>.</summary>
    public static ConfigKey<T> WriteTimeout(Reload reload, Func<T, WriteTimeoutPolicy, T> set) =>
        new(["write_timeout"], "default, close or retry", reload, "What happens to a connection whose write deadline passes.", (o, s) =>
        {
            if (!s.TryText(out string? word))
                return o;
            if (word is "default" or "close" or "retry")
                return set(o, word switch { "close" => WriteTimeoutPolicy.Close, "retry" => WriteTimeoutPolicy.Retry, _ => WriteTimeoutPolicy.Default });
            s.Error("write_timeout must be 'default', 'close' or 'retry'");
            return o;
        });

    /// <summary>A map that <paramref name="section"/> binds; anything else is reported with <paramref name="complaint"/> and the Go type.</summary>
    public static ConfigKey<T> Section<TSection>(
        string names, Reload reload, string help, string complaint, ConfigSection<TSection> section, Func<T, TSection> start, Func<T, TSection, T> set) =>
        new(names.Split(' '), "map", reload, help, (o, s) =>
        {
            if (s.Value is ConfigMap map)
                return set(o, section.Bind(start(o), map, s.Context));
            s.Error($"{complaint}, got {GoText.TypeOf(s.Value)}");
            return o;
        });
}
