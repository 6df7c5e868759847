using System.Collections;
using System.Text;
using DotNats.Configuration.Binding;
using DotNats.Configuration.Language;

namespace DotNats.Configuration;

/// <summary>Reads NATS configuration files into <see cref="NatsServerOptions"/>.</summary>
public static class ConfigLoader
{
    /// <summary>Reads a file and what it includes.</summary>
    /// <param name="path">The file; its name as given shows in messages.</param>
    /// <param name="files">Where files come from; null for this machine's.</param>
    /// <param name="environment">Variables that <c>$NAME</c> may refer to; null for this process's.</param>
    /// <returns>Options or errors; reading never throws for what the file says or because it is not there.</returns>
    public static ConfigResult Load(
        string path, IConfigFileSystem? files = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        ParseSession session = new(files ?? new PhysicalConfigFiles(), environment ?? ProcessEnvironment());
        return ConfigParser.TryParseFile(session, path, out ConfigMap? map, out ConfigError? error)
            ? Bind(map, path, session)
            : new ConfigResult { Errors = [error!] };
    }

    /// <summary>Reads a configuration that is not in a file.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="name">Name of the text in messages; includes are looked for in its directory.</param>
    public static ConfigResult LoadText(
        string text, string name = "", IConfigFileSystem? files = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        ParseSession session = new(files ?? new PhysicalConfigFiles(), environment ?? ProcessEnvironment());
        return ConfigParser.TryParseText(session, Encoding.UTF8.GetBytes(text), name, out ConfigMap? map, out ConfigError? error)
            ? Bind(map, name, session)
            : new ConfigResult { Errors = [error!] };
    }

    private static ConfigResult Bind(ConfigMap map, string path, ParseSession session)
    {
        string digest = ConfigDigest.Of(map);
        BindingContext context = new(session);
        NatsServerOptions options = ServerSection.Bind(map, path, context) with { ConfigFile = ServerKeys.OrNull(path), ConfigDigest = digest };
        return new ConfigResult
        {
            Options = context.Errors.Count == 0 ? options : null,
            Errors = context.Errors,
            Warnings = context.Warnings,
            Digest = digest,
        };
    }

    private static Dictionary<string, string> ProcessEnvironment()
    {
        Dictionary<string, string> environment = new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        return environment;
    }
}
