namespace DotNats.App.CommandLine;

/// <summary>What a command line asks for.</summary>
internal abstract record CommandLine
{
    /// <summary>Start a server, check its configuration or send a signal, as the arguments say.</summary>
    public sealed record Run(CommandLineArguments Arguments) : CommandLine;

    public sealed record ShowVersion : CommandLine;

    public sealed record ShowHelp : CommandLine;

    public sealed record ShowTlsHelp : CommandLine;

    /// <summary>A flag is wrong: say so, show the help.</summary>
    public sealed record Misuse(string Message) : CommandLine;

    /// <summary>The words after the flags mean nothing.</summary>
    public sealed record Failure(string Message) : CommandLine;
}
