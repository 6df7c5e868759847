using System.Globalization;
using System.Text;
using DotNats.Configuration.Accounts;
using DotNats.Configuration.Language;
using DotNats.Primitives;

namespace DotNats.Configuration.Binding;

/// <summary>Binds <c>mappings {}</c>, of the global account or another.</summary>
internal static class MappingKeys
{
    /// <summary>The mappings there were and those of the map; a source that comes again replaces the one before.</summary>
    public static IReadOnlyList<SubjectMapping> Bind(Setting setting, IReadOnlyList<SubjectMapping> before)
    {
        if (!setting.TryMap(out ConfigMap? map))
            return before;
        Dictionary<string, SubjectMapping> mappings = before.ToDictionary(m => m.Source);
        foreach ((string source, ConfigNode node) in map.Entries)
        {
            // Compat: a bad source is reported at the word mappings.
            if (!Subjects.IsValidFilter(Encoding.UTF8.GetBytes(source)))
                setting.Error($"Subject {GoText.Quote(source)} is not a valid subject");
            else if (BindOne(setting.With(node), source) is { } mapping)
                mappings[source] = mapping;
        }
        return [.. mappings.Values];
    }

    private static SubjectMapping? BindOne(Setting setting, string source)
    {
        string toWhat = "";
        List<MappingDestination> destinations = [];
        switch (setting.Value)
        {
            case string subject:
                toWhat = $" to {GoText.Quote(subject)}";
                destinations.Add(new MappingDestination { Subject = subject });
                break;
            case ConfigList list:
                destinations.AddRange(list.Items.Select(item => Destination(setting.With(item))).OfType<MappingDestination>());
                break;
            default:
                if (Destination(setting) is not { } single)
                    return null;
                destinations.Add(single);
                break;
        }
        SubjectMapping mapping = new() { Source = source, Destinations = destinations };
        if (MappingRules.Check(mapping) is not { } error)
            return mapping;
        setting.Error($"Error adding mapping for {GoText.Quote(source)}{toWhat} : {error}");
        return null;
    }

    private static MappingDestination? Destination(Setting setting)
    {
        if (setting.Value is not ConfigMap map)
        {
            setting.Error("Expected an entry for the mapping destination");
            return null;
        }
        MappingDestination destination = new();
        int? weight = null;
        foreach ((string key, ConfigNode node) in map.Entries)
        {
            Setting entry = setting.With(node) with { Key = key, MismatchPlace = setting.Node.Place };
            string? error = null;
            switch (key.ToLowerInvariant())
            {
                case "dest" or "destination":
                    destination = entry.TryText(out string? subject) ? destination with { Subject = subject } : destination;
                    break;
                case "cluster":
                    destination = entry.TryText(out string? cluster) ? destination with { Cluster = ServerKeys.OrNull(cluster) } : destination;
                    break;
                case "weight":
                    error = ReadWeight(node.Value, out weight);
                    break;
                default:
                    error = $"Unknown field {GoText.Quote(key)} for mapping destination";
                    break;
            }
            if (error is not null)
            {
                entry.Error(error);
                return null;
            }
        }
        if (weight is { } share)
            return destination with { Weight = share };
        setting.Error($"Missing weight for mapping destination {GoText.Quote(destination.Subject)}");
        return null;
    }

    private static string? ReadWeight(object value, out int? weight)
    {
        weight = null;
        if (value is not (long or string))
            return $"Unknown entry type for weight of {GoText.Print(value)}\n";
        if (!Percentage.TryRead(value, out long percent))
            return $"Invalid weight {GoText.Quote(Percentage.Digits((string)value))} for mapping destination";
        if (percent is < 0 or > 100)
            return string.Create(CultureInfo.InvariantCulture, $"Invalid weight {percent} for mapping destination");
        weight = (int)percent;
        return null;
    }
}
