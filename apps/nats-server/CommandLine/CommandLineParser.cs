using DotNats.Primitives;

namespace DotNats.App.CommandLine;

/// <summary>Reads the command line as nats-server does, which is how Go's <c>flag</c> package does.</summary>
// Pure: arguments in, decision out. Next: OptionsBuilder.
internal static class CommandLineParser
{
    /// <summary>Reads all arguments; the last of several equal flags counts.</summary>
    /// <remarks>Flags end at the first word that is none, at <c>-</c>, or behind <c>--</c>. A misused flag wins over everything said before it,
    /// then version, help and TLS help in this order, then the first word.</remarks>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        CommandLineArguments arguments = new();
        int next = 0;
        while (next < args.Count)
        {
            string arg = args[next];
            if (arg.Length < 2 || arg[0] != '-') break;
            next++;
            if (arg == "--") break;
            if (ReadFlag(arg, args, ref next, arguments) is { } error) return new CommandLine.Misuse(error);
        }
        if (arguments.ShowVersion) return new CommandLine.ShowVersion();
        if (arguments.ShowHelp) return new CommandLine.ShowHelp();
        if (arguments.ShowTlsHelp) return new CommandLine.ShowTlsHelp();
        return next < args.Count ? ReadWord(args[next]) : new CommandLine.Run(arguments);
    }

    private static string? ReadFlag(string arg, IReadOnlyList<string> args, ref int next, CommandLineArguments arguments)
    {
        string body = arg.StartsWith("--", StringComparison.Ordinal) ? arg[2..] : arg[1..];
        if (body[0] is '-' or '=') return $"bad flag syntax: {arg}";
        int equals = body.IndexOf('=');
        string name = equals < 0 ? body : body[..equals];
        string? text = equals < 0 ? null : body[(equals + 1)..];
        if (FlagDefinition.Find(name) is not { } flag) return $"flag provided but not defined: -{name}";
        if (text is null && flag.Kind == FlagKind.Switch) text = "true";
        if (text is null)
        {
            if (next == args.Count) return $"flag needs an argument: -{name}";
            text = args[next++];
        }
        if (!FlagValue.TryRead(flag.Kind, text, out FlagValue value, out string? error))
            return flag.Kind == FlagKind.Switch
                ? $"invalid boolean value {GoQuote.Quote(text)} for -{name}: {error}"
                : $"invalid value {GoQuote.Quote(text)} for flag -{name}: {error}";
        flag.Set(arguments, value);
        return null;
    }

    private static CommandLine ReadWord(string word) => word.ToLowerInvariant() switch
    {
        "version" => new CommandLine.ShowVersion(),
        "help" => new CommandLine.ShowHelp(),
        _ => new CommandLine.Failure($"unrecognized command: {GoQuote.Quote(word)}"),
    };
}
