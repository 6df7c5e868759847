using DotNats.App.CommandLine;
using DotNats.Configuration;

namespace DotNats.App;

/// <summary>What came of reading the configuration.</summary>
/// <param name="Options">What to run with; null when something is wrong.</param>
/// <param name="Error">Every error, one a line; null with options.</param>
/// <param name="Warnings">Every warning, one a line, each with its line feed; empty for none.</param>
internal sealed record OptionsResult(NatsServerOptions? Options, string? Error, string Warnings);

/// <summary>Reads the configuration file, if there is one, and lays the command line over it: at the start and at every reload.</summary>
internal sealed class OptionsSource(CommandLineArguments arguments)
{
    private bool HasFile => arguments.ConfigFile is { Length: > 0 };

    /// <summary>Reads what is configured.</summary>
    public OptionsResult Load()
    {
        OptionsResult file = HasFile ? ReadFile(arguments.ConfigFile!) : new OptionsResult(new NatsServerOptions(), null, "");
        // A check is about the file alone.
        if (file.Options is null || arguments.CheckConfig) return file;
        NatsServerOptions options = OptionsBuilder.Build(arguments, file.Options, out string? error);
        return error is null ? file with { Options = options } : new OptionsResult(null, error, file.Warnings);
    }

    /// <summary>Reads what is configured now, for a reload.</summary>
    public OptionsResult LoadAgain()
    {
        if (!HasFile) return new OptionsResult(null, "can only reload config when a file is provided using -c or --config", "");
        // Compat: nats-server forgets the name of the command line here, so that a reload with -n is refused unless the file says the same name.
        arguments.ServerName = null;
        return Load();
    }

    private static OptionsResult ReadFile(string path)
    {
        ConfigResult result = ConfigLoader.Load(path);
        string said = result.ToString();
        return result.IsValid ? new OptionsResult(result.Options, null, said) : new OptionsResult(null, said, "");
    }
}
