using DotNats.Configuration.Language;
using Key = DotNats.Configuration.Binding.Keys<DotNats.Configuration.Binding.ImportDraft>;

namespace DotNats.Configuration.Binding;

/// <summary>An import while its keys come in.</summary>
internal sealed record ImportDraft
{
    public string? Account { get; init; }

    public string? Subject { get; init; }

    public bool? IsService { get; init; }

    public string? To { get; init; }

    public string? Prefix { get; init; }

    public bool Share { get; init; }

    public bool AllowTrace { get; init; }

    public ConfigPlace? ToPlace { get; init; }

    public ConfigPlace? TracePlace { get; init; }
}

/// <summary>Binds <c>imports [ {} ]</c>.</summary>
internal static class ImportKeys
{
    public static ConfigSection<ImportDraft> Section { get; } = new(
    [
        Key.Map("stream", Reload.Yes, "Account and subject messages are taken from.", (o, s) => BindSource(o, s, isService: false)),
        Key.Map("service", Reload.Yes, "Account and subject of a service.", (o, s) => BindSource(o, s, isService: true)),
        Key.Other("to", "subject", Reload.Yes, "Subject in this account.",
            (o, s) => s.TryText(out string? v) ? o with { To = ServerKeys.OrNull(v), ToPlace = s.Node.Place } : o),
        Key.Text("prefix", Reload.Yes, "Prefix of the subject in this account.", (o, v) => o with { Prefix = ServerKeys.OrNull(v) }),
        Key.Flag("share", Reload.Yes, "Tell the service who asks.", (o, v) => o with { Share = v }),
        Key.Other("allow_trace", "yes/no", Reload.Yes, "Let traces follow messages into this account.",
            (o, s) => s.TryFlag(out bool v) ? o with { AllowTrace = v, TracePlace = s.Node.Place } : o),
    ]);

    public static ConfigSection<ImportDraft> SourceSection { get; } = new(
    [
        Key.Text("account", Reload.Yes, "The exporting account.", (o, v) => o with { Account = v }),
        Key.Text("subject", Reload.Yes, "Subject in the exporting account.", (o, v) => o with { Subject = v }),
    ]);

    public static AccountOptions Bind(AccountOptions options, Setting setting)
    {
        if (setting.Value is not ConfigList list)
        {
            setting.Error($"Imports should be an array, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        List<AccountImport> imports = [];
        Dictionary<(string To, string Account), AccountImport> services = [];
        foreach (ConfigNode item in list.Items)
        {
            Setting entry = setting.With(item);
            if (item.Value is not ConfigMap map)
                entry.Error($"Import Items should be a map with type entry, got {GoText.TypeOf(item.Value)}");
            else if (Finish(setting.Context, Section.Bind(new ImportDraft(), map, setting.Context)) is { } import && IsNew(entry, import, services))
                imports.Add(import);
        }
        return options with { Imports = imports };
    }

    /// <summary>Two services of one account cannot have the same subject here; of different accounts they can.</summary>
    private static bool IsNew(Setting setting, AccountImport import, Dictionary<(string To, string Account), AccountImport> services)
    {
        if (!import.IsService)
            return true;
        string to = import.To ?? import.Subject;
        if (services.TryAdd((to, import.Account), import))
            return true;
        AccountImport other = services[(to, import.Account)];
        setting.Error($"Duplicate service import subject {GoText.Quote(to)}, previously used in import for account {GoText.Quote(other.Account)}, "
            + $"subject {GoText.Quote(other.Subject)}");
        return false;
    }

    private static AccountImport? Finish(BindingContext context, ImportDraft draft)
    {
        // Compat: an entry that is neither is passed over.
        if (draft.IsService is not { } isService)
            return null;
        if (isService && draft.TracePlace is { } trace)
            context.Error(trace, "Detected allow_trace directive on a non-stream");
        if (!isService && draft is { To: not null, Prefix: not null, ToPlace: { } to })
            context.Error(to, "Stream import can not have a 'prefix' and a 'to' property");
        return new AccountImport
        {
            Account = draft.Account!,
            Subject = draft.Subject!,
            IsService = isService,
            To = draft.To,
            Prefix = isService ? null : draft.Prefix,
            Share = isService && draft.Share,
            AllowTrace = !isService && draft.AllowTrace,
        };
    }

    private static ImportDraft BindSource(ImportDraft options, Setting setting, bool isService)
    {
        (string what, string other) = isService ? ("service", "stream") : ("stream", "service");
        if (options.IsService == !isService)
        {
            setting.Error($"Detected {what} but already saw a {other}");
            return options;
        }
        if (setting.Value is not ConfigMap map)
        {
            setting.Error($"{(isService ? "Service" : "Stream")} entry should be an account map, got {GoText.TypeOf(setting.Value)}");
            return options;
        }
        ImportDraft source = SourceSection.Bind(new ImportDraft(), map, setting.Context);
        if (!string.IsNullOrEmpty(source.Account) && !string.IsNullOrEmpty(source.Subject))
            return options with { Account = source.Account, Subject = source.Subject, IsService = isService };
        setting.Error("Expect an account name and a subject");
        return options;
    }
}
