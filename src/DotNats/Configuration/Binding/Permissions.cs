using DotNats.Configuration.Language;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Security;
using System.Text;

namespace DotNats.Configuration.Binding;

/// <summary>Binds permissions in all their forms: a subject, a list of subjects, or <c>{ allow, deny }</c>.</summary>
internal static class Permissions
{
    /// <summary>Binds <c>permissions {}</c>; null after an error that leaves none.</summary>
    public static PermissionSet? Bind(Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error($"Expected permissions to be a map/struct, got {GoText.Print(setting.Value)}");
            return null;
        }
        PermissionSet set = Section.Bind(new PermissionSet(), map, setting.Context);
        // Who may answer may do nothing else unless it is said.
        if (set.Responses is not null && set.Publish?.Allow is null)
            set = set with { Publish = (set.Publish ?? new SubjectPermission()) with { Allow = [] } };
        return set;
    }

    /// <summary>The keys of <c>permissions {}</c>.</summary>
    public static ConfigSection<PermissionSet> Section { get; } = new(
        [
            Keys<PermissionSet>.Other("publish pub import", "subjects", Reload.Yes, "Subjects a user may publish to.",
                (o, s) => TryVariable(s, allowQueue: false, out SubjectPermission? p) ? o with { Publish = p } : o),
            Keys<PermissionSet>.Other("subscribe sub export", "subjects", Reload.Yes, "Subjects, or \"subject queue\", a user may subscribe to.",
                (o, s) => TryVariable(s, allowQueue: true, out SubjectPermission? p) ? o with { Subscribe = p } : o),
            Keys<PermissionSet>.Other("allow_responses publish_allow_responses", "yes/no or map", Reload.Yes, "Leave to answer requests received.",
                (o, s) => o with { Responses = Responses(s) }),
        ],
        key => $"Unknown field {GoText.Quote(key)} parsing permissions");

    /// <summary>The keys of <c>allow_responses {}</c>.</summary>
    public static ConfigSection<ResponsePermission> ResponseSection { get; } = new(
        [
            Keys<ResponsePermission>.Int("max max_msgs max_messages max_responses", Reload.Yes, "Answers to one request; negative for no limit.",
                (o, v) => v == 0 ? o : o with { MaxMessages = v }),
            Keys<ResponsePermission>.Other("expires expiration ttl", "duration", Reload.Yes, "Time to answer; negative for no limit.", BindExpires),
        ],
        key => $"Unknown field {GoText.Quote(key)} parsing permissions");

    /// <summary>The keys of <c>publish {}</c> and <c>subscribe {}</c>.</summary>
    public static ConfigSection<SubjectPermission> PublishSection { get; } = Subjects(allowQueue: false);

    public static ConfigSection<SubjectPermission> SubscribeSection { get; } = Subjects(allowQueue: true);

    /// <summary>One subject or a list of them; null after an error.</summary>
    public static IReadOnlyList<string>? SubjectList(Setting setting, bool allowQueue)
    {
        List<string> subjects = [];
        switch (setting.Value)
        {
            case string single:
                subjects.Add(single);
                break;
            case ConfigList list:
                foreach (ConfigNode item in list.Items)
                {
                    if (item.Value is not string subject)
                    {
                        setting.With(item).Error("Subject in permissions array cannot be cast to string");
                        return null;
                    }
                    subjects.Add(subject);
                }
                break;
            default:
                setting.Error($"Expected subject permissions to be a subject, or array of subjects, got {GoText.TypeOf(setting.Value)}");
                return null;
        }
        if (CheckSubjects(subjects, allowQueue) is not { } error)
            return OptionList.Copy<string>(subjects);
        setting.Error(error);
        return null;
    }

    /// <summary>What is wrong with the first bad subject, or null.</summary>
    public static string? CheckSubjects(IReadOnlyList<string>? subjects, bool allowQueue)
    {
        foreach (string subject in subjects ?? [])
        {
            if (IsValid(subject))
                continue;
            string[] parts = subject.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (!allowQueue || parts.Length != 2)
                return $"subject {GoText.Quote(subject)} is not a valid subject";
            if (!IsValid(parts[0]))
                return $"subject {GoText.Quote(parts[0])} is not a valid subject";
            if (!IsValid(parts[1]))
                return $"queue {GoText.Quote(parts[1])} is not a valid queue";
        }
        return null;
    }

    private static bool IsValid(string subject) => Primitives.Subjects.IsValidFilter(Encoding.UTF8.GetBytes(subject));

    private static bool TryVariable(Setting setting, bool allowQueue, out SubjectPermission? permission)
    {
        permission = null;
        if (setting.Value is ConfigMap map)
        {
            // An empty map is no restriction.
            if (map.Count > 0)
                permission = (allowQueue ? SubscribeSection : PublishSection).Bind(new SubjectPermission(), map, setting.Context);
            return true;
        }
        if (SubjectList(setting, allowQueue) is not { } subjects)
            return false;
        permission = new SubjectPermission { Allow = NullIfEmpty(subjects) };
        return true;
    }

    // Compat: an empty list in a file is no list, so it allows everything; only allow_responses makes "nothing" of a missing one.
    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string> subjects) => subjects.Count == 0 ? null : subjects;

    private static ConfigSection<SubjectPermission> Subjects(bool allowQueue) => new(
        [
            Keys<SubjectPermission>.Other("allow", "subjects", Reload.Yes, "Subjects allowed; all others are not.",
                (o, s) => SubjectList(s, allowQueue) is { } list ? o with { Allow = NullIfEmpty(list) } : o),
            Keys<SubjectPermission>.Other("deny", "subjects", Reload.Yes, "Subjects refused, whatever is allowed.",
                (o, s) => SubjectList(s, allowQueue) is { } list ? o with { Deny = list } : o),
        ],
        key => $"Unknown field name {GoText.Quote(key)} parsing subject permissions, only 'allow' or 'deny' are permitted");

    private static ResponsePermission? Responses(Setting setting)
    {
        if (setting.Value is bool flag)
            return flag ? new ResponsePermission() : null;
        if (setting.Value is ConfigMap map)
            return ResponseSection.Bind(new ResponsePermission(), map, setting.Context);
        setting.Error("error parsing response permissions, expected a boolean or a map");
        return null;
    }

    private static ResponsePermission BindExpires(ResponsePermission options, Setting setting)
    {
        if (setting.Value is not string text)
        {
            setting.Error("error parsing expires, not a duration string");
            return options;
        }
        if (GoDuration.TryParse(text, out TimeSpan expires, out string? error))
            return expires == TimeSpan.Zero ? options : options with { Expires = expires };
        setting.Error($"error parsing expires: {error}");
        return options;
    }
}
