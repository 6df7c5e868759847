namespace DotNats.Reload;

/// <summary>What a reload makes of one option: refuses its change, or makes it and says so.</summary>
/// <param name="Refuse">Why the change from the first options to the second cannot be made while running, or null.</param>
/// <param name="Notice">The log line of a change that is made, or null.</param>
internal sealed record ReloadRule(Func<NatsServerOptions, NatsServerOptions, string?>? Refuse, Func<NatsServerOptions, NatsServerOptions, string?>? Notice)
{
    /// <summary>An option that only a restart changes.</summary>
    /// <param name="name">Name in messages: that of nats-server's option field, which its users look for.</param>
    public static ReloadRule Fixed(string name, Func<NatsServerOptions, object?> value) => new((before, after) =>
        OptionValue.Same(value(before), value(after)) ? null : Unsupported(name, value(before), value(after)), null);

    /// <summary>An option that changes while running, and the log line of it; the value is put behind <paramref name="text"/>.</summary>
    public static ReloadRule Hot(string text, Func<NatsServerOptions, object?> value) => new(null, (before, after) =>
        OptionValue.Same(value(before), value(after)) ? null : text + OptionValue.Format(value(after)));

    /// <summary>An option that changes while running and whose value is not shown.</summary>
    public static ReloadRule Silent(string text, Func<NatsServerOptions, object?> value) => new(null, (before, after) =>
        OptionValue.Same(value(before), value(after)) ? null : text);

    /// <summary>nats-server's words for a change that needs a restart.</summary>
    public static string Unsupported(string name, object? before, object? after) =>
        $"config reload not supported for {name}: old={OptionValue.Format(before)}, new={OptionValue.Format(after)}";
}
