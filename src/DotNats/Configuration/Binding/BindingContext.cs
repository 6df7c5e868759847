using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>What one reading of a configuration collects while sections are bound: everything wrong, and what later sections look back on.</summary>
// Owner: the thread that loads.
internal sealed class BindingContext(ParseSession session)
{
    private readonly ParseSession _session = session;
    private readonly List<ConfigError> _errors = [];
    private readonly List<ConfigError> _warnings = [];

    public IConfigFileSystem Files => _session.Files;

    public IReadOnlyDictionary<string, string> Environment => _session.Environment;

    public IReadOnlyList<ConfigError> Errors => _errors;

    public IReadOnlyList<ConfigError> Warnings => _warnings;

    /// <summary>Names and nkeys of all users so far: they must differ over the whole file.</summary>
    public HashSet<string> UserNames { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the accounts' imports and exports are reported when they do not fit together; null without accounts.</summary>
    public ConfigPlace? AccountsPlace { get; set; }

    /// <summary>Where accounts that a callout names and nobody has are reported; without a callout of no use.</summary>
    public ConfigPlace CalloutPlace { get; set; }

    /// <summary>A context that collects on its own.</summary>
    public BindingContext Nested() => new(_session);

    public void Error(ConfigPlace place, string message) => _errors.Add(At(place, message));

    public void Warn(ConfigPlace place, string message) => _warnings.Add(At(place, message));

    /// <summary>A warning that belongs to no place.</summary>
    public void Warn(string message) => _warnings.Add(new ConfigError(message));

    private static ConfigError At(ConfigPlace place, string message) => new(message, place.File, place.Line, place.Column);
}
