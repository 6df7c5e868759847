using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.Configuration.Binding.ExportDraft>;

namespace DotNats.Configuration.Binding;

/// <summary>An export while its keys come in: each may stand before or behind the one that says what it is.</summary>
internal sealed record ExportDraft
{
    public string? Stream { get; init; }

    public string? Service { get; init; }

    public IReadOnlyList<string>? Accounts { get; init; }

    public int AccountTokenPosition { get; init; }

    public ServiceResponseType ResponseType { get; init; }

    public TimeSpan? ResponseThreshold { get; init; }

    public ServiceLatencyOptions? Latency { get; init; }

    public bool AllowTrace { get; init; }

    /// <summary>Where the first key stands that only services know.</summary>
    public ConfigPlace? ResponsePlace { get; init; }

    public ConfigPlace? LatencyPlace { get; init; }

    public ConfigPlace? TracePlace { get; init; }

    public bool HasResponseType { get; init; }

    public bool HasThreshold { get; init; }
}

/// <summary>Binds <c>exports [ {} ]</c>.</summary>
internal static class ExportKeys
{
    public static ConfigSection<ExportDraft> Section { get; } = new(
    [
        Key.Other("stream", "subject", Reload.Yes, "Messages others may import.", BindStream),
        Key.Other("service", "subject", Reload.Yes, "A service others may import.", BindService),
        Key.Other("accounts", "list", Reload.Yes, "Accounts that may import it; all without.",
            (o, s) => s.TryList(out ConfigList? list) ? o with { Accounts = s.TextItems(list) is { Count: > 0 } names ? names : null } : o),
        Key.Int("account_token_position", Reload.Yes, "Token that must be the importing account's name.", (o, v) => o with { AccountTokenPosition = v }),
        Key.Other("response_type response", "single, stream or chunked", Reload.Yes, "How many messages answer a request.", BindResponseType),
        Key.Other("response_threshold threshold response_max_time response_time", "duration", Reload.Yes, "Time an answer may take.", BindThreshold),
        Key.Other("latency", "subject or map", Reload.Yes, "Where measurements of the service go.", LatencyKeys.Bind),
        Key.Other("allow_trace", "yes/no", Reload.Yes, "Let traces follow messages into this account.",
            (o, s) => s.TryFlag(out bool v) ? o with { AllowTrace = v, TracePlace = s.Node.Place } : o),
    ]);

    public static AccountOptions Bind(AccountOptions options, Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"Exports should be an array, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        List<AccountExport> exports = [];
        foreach (ConfigNode item in list.Items)
        {
            if (item.Value is not ConfigMap map)
                setting.With(item).Error($"Export Items should be a map with type entry, got {GoText.TypeOf(item.Value)}");
            else if (Finish(setting.Context, Section.Bind(new ExportDraft(), map, setting.Context)) is { } export)
                exports.Add(export);
        }
        return options with { Exports = exports };
    }

    private static AccountExport? Finish(BindingContext context, ExportDraft draft)
    {
        // Compat: an entry that is neither is passed over.
        if (draft.Stream is null && draft.Service is null)
            return null;
        if (draft.Stream is not null)
        {
            Complain(context, draft.ResponsePlace, "response");
            Complain(context, draft.LatencyPlace, "latency");
            Complain(context, draft.TracePlace, "allow_trace");
        }
        return new AccountExport
        {
            Subject = draft.Stream ?? draft.Service!,
            IsService = draft.Stream is null,
            Accounts = draft.Accounts,
            AccountTokenPosition = draft.AccountTokenPosition,
            ResponseType = draft.ResponseType,
            ResponseThreshold = draft.ResponseThreshold,
            Latency = draft.Latency,
            AllowTrace = draft.AllowTrace,
        };
    }

    private static void Complain(BindingContext context, ConfigPlace? place, string what)
    {
        if (place is { } at)
            context.Error(at, $"Detected {what} directive on non-service");
    }

    private static ExportDraft BindStream(ExportDraft options, Setting setting)
    {
        if (options.Service is not null)
            setting.Error($"Detected stream {GoText.Quote(GoText.Print(setting.Value))} but already saw a service");
        else if (setting.Value is string subject)
            return options with { Stream = subject };
        else
            setting.Error($"Expected stream name to be string, got {GoText.TypeOf(setting.Value)}");
        return options;
    }

    private static ExportDraft BindService(ExportDraft options, Setting setting)
    {
        if (options.Stream is not null)
            setting.Error($"Detected service {GoText.Quote(GoText.Print(setting.Value))} but already saw a stream");
        else if (setting.Value is string subject)
            return options with { Service = subject };
        else
            setting.Error($"Expected service name to be string, got {GoText.TypeOf(setting.Value)}");
        return options;
    }

    private static ExportDraft BindResponseType(ExportDraft options, Setting setting)
    {
        if (options.HasResponseType)
        {
            setting.Error("Duplicate response type definition");
            return options;
        }
        options = options with { HasResponseType = true, ResponsePlace = options.ResponsePlace ?? setting.Node.Place };
        if (setting.Value is not string word)
        {
            setting.Error($"Expected response type to be string, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        switch (word.ToLowerInvariant())
        {
            case "single" or "singleton":
                return options with { ResponseType = ServiceResponseType.Singleton };
            case "stream":
                return options with { ResponseType = ServiceResponseType.Stream };
            case "chunk" or "chunked":
                return options with { ResponseType = ServiceResponseType.Chunked };
        }
        setting.Error($"Unknown response type: {GoText.Quote(word)}");
        return options;
    }

    private static ExportDraft BindThreshold(ExportDraft options, Setting setting)
    {
        if (options.HasThreshold)
        {
            setting.Error("Duplicate response threshold detected");
            return options;
        }
        options = options with { HasThreshold = true, ResponsePlace = options.ResponsePlace ?? setting.Node.Place };
        if (setting.Value is string text && GoDuration.TryParse(text, out TimeSpan threshold, out _))
            return options with { ResponseThreshold = threshold == TimeSpan.Zero ? null : threshold };
        string shown = setting.Value is string given ? GoText.Quote(given) : GoText.TypeOf(setting.Value);
        setting.Error($"Expected response threshold to be a parseable time duration, got {shown}");
        return options;
    }
}

/// <summary>Binds <c>latency</c> of an export.</summary>
internal static class LatencyKeys
{
    public static ExportDraft Bind(ExportDraft options, Setting setting)
    {
        options = options with { LatencyPlace = setting.Node.Place };
        switch (setting.Value)
        {
            case string subject:
                return options with { Latency = new ServiceLatencyOptions { Subject = subject } };
            case ConfigMap map:
                return BindMap(setting, map) is { } latency ? options with { Latency = latency } : options;
        }
        setting.Error($"Expected latency entry to be a map/struct or string, got {GoText.TypeOf(setting.Value)}");
        return options;
    }

    // Compat: keys other than these two are not looked at.
    private static ServiceLatencyOptions? BindMap(Setting setting, ConfigMap map)
    {
        int sampling = 100;
        if (map["sampling"] is { } node && !TrySampling(setting.With(node), out sampling))
            return null;
        if (map["subject"] is not { } subject)
        {
            setting.Error("Latency subject required, but missing");
            return null;
        }
        if (subject.Value is string text)
            return new ServiceLatencyOptions { Subject = text, Sampling = sampling };
        // Compat: the type named is the one wanted.
        setting.With(subject).Error("Expected latency subject to be a string, got string");
        return null;
    }

    private static bool TrySampling(Setting setting, out int sampling)
    {
        sampling = 0;
        if (setting.Value is string word && word.Trim().Equals("headers", StringComparison.OrdinalIgnoreCase))
            return true;
        if (setting.Value is not (long or string))
        {
            setting.Error($"Expected latency sample to be a string or map/struct, got {GoText.TypeOf(setting.Value)}");
            return false;
        }
        if (!Percentage.TryRead(setting.Value, out long percent))
        {
            string digits = GoText.Quote(Percentage.Digits((string)setting.Value));
            setting.Error($"Failed to parse latency sample: strconv.Atoi: parsing {digits}: invalid syntax");
            return false;
        }
        if (percent is < 1 or > 100)
        {
            setting.Error("bad sampling percentage, should be 1-100");
            return false;
        }
        sampling = (int)percent;
        return true;
    }
}
