using DotNats.App.Checking;
using DotNats.App.CommandLine;
using DotNats.App.Signals;

namespace DotNats.App;

/// <summary>From the command line to an exit status; texts, streams and statuses are nats-server's.</summary>
internal static class Application
{
    private const long LargeBytes = 64 * 1024 * 1024;

    // The platform's switch, read at the first asynchronous use of a socket: what waits for one goes on where its arrival was noticed,
    // without a change of threads (docs/adr/0012). Ours to say for the executable, not for a host that embeds the server.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Does what the arguments say. Next: <see cref="ServerRun"/>.</summary>
    public static int Run(string[] args) => CommandLineParser.Parse(args) switch
    {
        CommandLine.CommandLine.ShowVersion => Show($"nats-server: v{Versions.Compatible}\n"),
        CommandLine.CommandLine.ShowHelp => Show(HelpText.Usage),
        CommandLine.CommandLine.ShowTlsHelp => Show(TlsHelpText.Usage),
        // Compat: a misused flag ends with status 0, since it shows the help.
        CommandLine.CommandLine.Misuse misuse => Misuse(misuse.Message),
        CommandLine.CommandLine.Failure failure => Fail(failure.Message),
        CommandLine.CommandLine.Run run => Run(run.Arguments),
        _ => throw new InvalidOperationException(),
    };

    private static int Run(CommandLineArguments arguments)
    {
        if (arguments.Signal is { Length: > 0 } signal) return SendSignal(signal);
        if (arguments.CheckConfig && arguments.ConfigFile is null or "")
            return Fail("must specify [-c, --config] option to check configuration file syntax");
        if (arguments.CheckedStore is { Length: > 0 } store) return CheckStore(store, arguments);
        OptionsSource source = new(arguments);
        OptionsResult result = source.Load();
        if (arguments.CheckConfig) return ReportCheck(arguments.ConfigFile!, result);
        if (result.Options is not { } options) return Fail(result.Error!);
        Console.Error.Write(result.Warnings);
        ForgetReading();
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null) Environment.SetEnvironmentVariable(InlineCompletions, "1");
        return ServerRun.RunAsync(source, options).GetAwaiter().GetResult();
    }

    // A large file leaves several times its size behind when it has been read: the server grows into that room instead of beside it.
    private static void ForgetReading()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) > LargeBytes) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    // Compat: a check fails on warnings too.
    private static int ReportCheck(string file, OptionsResult result)
    {
        if (result.Error is not null || result.Warnings.Length > 0) return Fail(result.Error ?? result.Warnings);
        Console.Error.Write($"nats-server: configuration file {file} is valid ({result.Options!.ConfigDigest})\n");
        return 0;
    }

    private static int CheckStore(string directory, CommandLineArguments arguments)
    {
        if (arguments.ConfigFile is null or "") return StoreCheckCommand.Run(directory, null, Console.Out);
        OptionsResult result = new OptionsSource(arguments).Load();
        return result.Options is { } options ? StoreCheckCommand.Run(directory, options.JetStream, Console.Out) : Fail(result.Error!);
    }

    private static int SendSignal(string text)
    {
        SignalRequest? request = SignalRequest.Parse(text, ReadFile, ServerProcesses.Find, out string? error);
        if (request is not null) error = ServerProcesses.Send(request, text.Split('=')[0]);
        return error is null ? 0 : Fail(error);
    }

    private static string? ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static int Show(string text)
    {
        Console.Out.Write(text);
        return 0;
    }

    private static int Misuse(string message)
    {
        Console.Error.Write(message + "\n");
        return Show(HelpText.Usage);
    }

    private static int Fail(string message)
    {
        Console.Error.Write($"nats-server: {message}\n");
        return 1;
    }
}
