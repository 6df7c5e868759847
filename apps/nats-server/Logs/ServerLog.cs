using DotNats.Logging;

namespace DotNats.App.Logs;

/// <summary>Opens the log destination the options ask for: a file, a remote syslog, the local one, or else standard error.</summary>
internal static class ServerLog
{
    /// <summary>Opens it.</summary>
    /// <param name="program">Name of the executable, the tag of syslog messages.</param>
    /// <exception cref="LogDestinationException">It cannot be opened.</exception>
    public static LogDestination Open(LoggingOptions options, string program)
    {
        if (options.File is { } file) return LogFile.Open(file, Format(options, colors: false), options.FileSizeLimitBytes, options.MaxFiles);
        if (options.RemoteSyslog is { } remote) return SyslogDestination.Connect(SyslogAddress.Parse(remote), program, Environment.ProcessId);
        if (options.Syslog) return SyslogDestination.Connect(SyslogAddress.Local, program, Environment.ProcessId);
        bool colors = !OperatingSystem.IsWindows() && !Console.IsErrorRedirected;
        return new StreamLogDestination(Console.OpenStandardError(), Format(options, colors));
    }

    private static LogLineFormat Format(LoggingOptions options, bool colors) =>
        new(Environment.ProcessId, options.Timestamps, options.UtcTimestamps, colors);
}
