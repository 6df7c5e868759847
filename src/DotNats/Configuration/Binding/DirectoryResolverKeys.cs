using DotNats.Configuration.Language;
using DotNats.Protocol.Text;
using Key = DotNats.Configuration.Binding.Keys<DotNats.Configuration.Binding.DirectoryResolverDraft>;

namespace DotNats.Configuration.Binding;

/// <summary>What a resolver map says, before its type decides what may be said.</summary>
internal sealed record DirectoryResolverDraft
{
    public ResolverOptions Options { get; init; } = new() { Kind = ResolverKind.Full };

    public string Type { get; init; } = "";

    public bool HasHardDelete { get; init; }

    public IReadOnlyList<string> BadDurations { get; init; } = [];
}

/// <summary>Binds <c>resolver { type: full | cache | memory }</c>.</summary>
// Compat: keys that are none of these are not reported, and a bad value is reported at its own place but a bad duration at the word resolver.
internal static class DirectoryResolverKeys
{
    public static ConfigSection<DirectoryResolverDraft> Section { get; } = new(
    [
        Key.Text("type", Reload.No, "full, cache or memory.", (o, v) => o with { Type = v.ToUpperInvariant() }),
        Key.Text("dir", Reload.No, "Directory of the JWTs.", (o, v) => o with { Options = o.Options with { Directory = ServerKeys.OrNull(v) } }),
        Key.Flag("allow_delete", Reload.Yes, "JWTs can be deleted.", (o, v) => o with { Options = o.Options with { AllowDelete = v } }),
        Key.Flag("hard_delete", Reload.Yes, "Deleted JWTs are not kept under another name.",
            (o, v) => o with { Options = o.Options with { HardDelete = v }, HasHardDelete = true }),
        Key.Integer("limit", Reload.Yes, "JWTs kept.", (o, v) => o with { Options = o.Options with { Limit = v } }),
        Duration("ttl", "Time a cached JWT is kept.", (o, v) => o with { TimeToLive = v }),
        Duration("interval", "Time between comparisons with other servers.", (o, v) => o with { Interval = v }),
        Duration("timeout", "Time a fetch may take.", (o, v) => o with { FetchTimeout = v }),
    ]);

    /// <summary>Binds the map; null after any error.</summary>
    /// <param name="forms">What to say of a type that does not exist.</param>
    public static ResolverOptions? Bind(Setting setting, ConfigMap map, string forms)
    {
        int before = setting.Context.Errors.Count;
        DirectoryResolverDraft draft = Section.Bind(new DirectoryResolverDraft(), KnownKeys(map), setting.Context);
        foreach (string error in draft.BadDurations)
            setting.Error(error);
        if (setting.Context.Errors.Count > before)
            return null;
        ResolverKind? kind = draft.Type switch
        {
            "CACHE" => ResolverKind.Cache,
            "FULL" => ResolverKind.Full,
            "MEM" or "MEMORY" => ResolverKind.Memory,
            _ => null,
        };
        foreach (string error in Check(draft, kind, setting.Context.Files))
            setting.Error(error);
        if (kind is null)
            setting.Error(forms);
        return setting.Context.Errors.Count > before ? null : draft.Options with { Kind = kind!.Value };
    }

    private static IEnumerable<string> Check(DirectoryResolverDraft draft, ResolverKind? kind, IConfigFileSystem files)
    {
        ResolverOptions options = draft.Options;
        if (kind is null or ResolverKind.Memory)
            yield break;
        if (options.Directory is null)
            yield return "dir has no value and needs to point to a directory";
        else if (files.Probe(options.Directory) is ConfigPathKind.File or ConfigPathKind.ReadOnlyDirectory)
            yield return "dir needs to point to an accessible directory";
        if (kind == ResolverKind.Cache)
        {
            if (options.Interval != TimeSpan.Zero)
                yield return "CACHE does not accept sync";
            if (options.AllowDelete)
                yield return "CACHE does not accept allow_delete";
            if (draft.HasHardDelete)
                yield return "CACHE does not accept hard_delete";
        }
        else
        {
            if (options.TimeToLive != TimeSpan.Zero)
                yield return "FULL does not accept ttl";
            if (draft.HasHardDelete && !options.AllowDelete)
                yield return "hard_delete has no effect without delete";
        }
        if (options.FetchTimeout <= TimeSpan.Zero)
            yield return $"Fetch timeout {GoDuration.Format(options.FetchTimeout.Value)} is too smal";
    }

    private static ConfigMap KnownKeys(ConfigMap map)
    {
        ConfigMap known = new();
        foreach ((string key, ConfigNode node) in map.Entries)
        {
            if (key is "type" or "dir" or "allow_delete" or "hard_delete" or "limit" or "ttl" or "interval" or "timeout")
                known.Set(key, node);
        }
        return known;
    }

    private static ConfigKey<DirectoryResolverDraft> Duration(string name, string help, Func<ResolverOptions, TimeSpan, ResolverOptions> set) =>
        Key.Other(name, "duration", Reload.Yes, help, (o, s) =>
        {
            if (!s.TryText(out string? text))
                return o;
            if (GoDuration.TryParse(text, out TimeSpan value, out string? error))
                return o with { Options = set(o.Options, value) };
            return o with { BadDurations = [.. o.BadDurations, error] };
        });
}
