using System.Collections;
using System.Globalization;
using DotNats.Protocol.Text;

namespace DotNats.Configuration.Reloading;

/// <summary>A part of the options that is compared on its own.</summary>
/// <param name="Key">Its configuration key.</param>
internal abstract record OptionField(string Key)
{
    public abstract IEnumerable<OptionChange> Compare(NatsServerOptions before, NatsServerOptions after);

    /// <summary>A value that can change; <paramref name="log"/> makes the log line of the new value.</summary>
    public static OptionField Reloadable(string key, Func<NatsServerOptions, object?> get, Func<string, string>? log = null) =>
        new ValueField(key, null, get, log ?? (v => $"Reloaded: {key} = {v}"));

    /// <summary>A value that cannot change.</summary>
    /// <param name="name">nats-server's name of it, which its message shows.</param>
    public static OptionField Fixed(string key, string name, Func<NatsServerOptions, object?> get) => new ValueField(key, name, get, null);

    /// <summary>A value that cannot change and must not be shown.</summary>
    public static OptionField FixedSecret(string key, string name, Func<NatsServerOptions, object?> get) =>
        new RuleField(key, (before, after) => Equals(get(before), get(after)) ? [] : [Refuse(key, name, "[REDACTED]", "[REDACTED]")]);

    /// <summary>Anything with rules of its own.</summary>
    public static OptionField Rule(string key, Func<NatsServerOptions, NatsServerOptions, IEnumerable<OptionChange>> compare) =>
        new RuleField(key, compare);

    public static OptionChange Apply(string key, string message) => new(key, OptionChangeKind.Reloadable, message);

    public static OptionChange Refuse(string key, string name, object? before, object? after) =>
        Refuse(key, $"config reload not supported for {name}: old={Print(before)}, new={Print(after)}");

    public static OptionChange Refuse(string key, string message) => new(key, OptionChangeKind.NotReloadable, message);

    /// <summary>A value as Go's <c>%v</c> prints it.</summary>
    public static string Print(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        TimeSpan time => GoDuration.Format(time),
        WriteTimeoutPolicy.Default => "",
        Enum member => member.ToString().ToLowerInvariant(),
        CompressionOptions compression => $"{{{compression.Mode} {Print(compression.RoundTripThresholds)}}}",
        IReadOnlyDictionary<string, string> map => Map(map.Select(e => (e.Key, e.Value))),
        IReadOnlyDictionary<string, bool> map => Map(map.Select(e => (e.Key, Print(e.Value)))),
        IEnumerable list => $"[{string.Join(' ', list.Cast<object?>().Select(Print))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Map(IEnumerable<(string Key, string Value)> entries) =>
        $"map[{string.Join(' ', entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}:{e.Value}"))}]";

    private sealed record ValueField(string Key, string? Name, Func<NatsServerOptions, object?> Get, Func<string, string>? Log) : OptionField(Key)
    {
        public override IEnumerable<OptionChange> Compare(NatsServerOptions before, NatsServerOptions after)
        {
            (object? old, object? now) = (Get(before), Get(after));
            if (Equals(old, now) || (old is null or "" && now is null or ""))
                yield break;
            yield return Log is null ? Refuse(Key, Name!, old, now) : Apply(Key, Log(Print(now)));
        }
    }

    private sealed record RuleField(string Key, Func<NatsServerOptions, NatsServerOptions, IEnumerable<OptionChange>> Rules) : OptionField(Key)
    {
        public override IEnumerable<OptionChange> Compare(NatsServerOptions before, NatsServerOptions after) => Rules(before, after);
    }
}
