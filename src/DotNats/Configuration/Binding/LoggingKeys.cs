using Key = DotNats.Configuration.Binding.Keys<DotNats.NatsServerOptions>;

namespace DotNats.Configuration.Binding;

/// <summary>Top-level keys of logging and of the files the process leaves behind.</summary>
internal static class LoggingKeys
{
    private static readonly LoggingOptions Defaults = new();

    public static IReadOnlyList<ConfigKey<NatsServerOptions>> All { get; } =
    [
        Key.Flag("debug", Reload.Yes, "Log debugging messages.", (o, v) => Set(o, o.Logging with { Debug = v })),
        Key.Flag("trace", Reload.Yes, "Log protocol messages.", (o, v) => Set(o, o.Logging with { Trace = v })),
        Key.Flag("trace_verbose", Reload.Yes, "Log protocol messages, those of the system account too.",
            (o, v) => Set(o, o.Logging with { TraceVerbose = v, Trace = v })),
        Key.Flag("trace_headers", Reload.Yes, "Log protocol messages with their headers only.",
            (o, v) => Set(o, o.Logging with { TraceHeaders = v, Trace = v })),
        Key.Flag("logtime", Reload.Yes, "Log lines begin with the time.", (o, v) => Set(o, o.Logging with { Timestamps = v })),
        Key.Flag("logtime_utc", Reload.Yes, "That time is UTC.", (o, v) => Set(o, o.Logging with { UtcTimestamps = v })),
        Key.Text("log_file logfile", Reload.Yes, "File the log is written to.", (o, v) => Set(o, o.Logging with { File = ServerKeys.OrNull(v) })),
        Key.Integer("log_size_limit logfile_size_limit", Reload.No, "Bytes after which the log file is rotated; 0 for never.",
            (o, v) => Set(o, o.Logging with { FileSizeLimitBytes = v })),
        Key.Int("log_max_num logfile_max_num", Reload.No, "Rotated log files kept; 0 for all.", (o, v) => Set(o, o.Logging with { MaxFiles = v })),
        Key.Flag("syslog", Reload.Yes, "Log to the system's log.", (o, v) => Set(o, o.Logging with { Syslog = v })),
        Key.Text("remote_syslog", Reload.Yes, "Log to the system log of another machine: udp://host:port.",
            (o, v) => Set(o, o.Logging with { RemoteSyslog = ServerKeys.OrNull(v) })),
        Key.Int("connect_error_reports", Reload.Yes, "Log every so many failed first connects to another server.",
            (o, v) => Set(o, o.Logging with { ConnectErrorReports = v == 0 ? Defaults.ConnectErrorReports : v })),
        Key.Int("reconnect_error_reports", Reload.Yes, "Log every so many failed reconnects to another server.",
            (o, v) => Set(o, o.Logging with { ReconnectErrorReports = v == 0 ? Defaults.ReconnectErrorReports : v })),

        Key.Text("pid_file pidfile", Reload.Yes, "File that gets the process id.", (o, v) => o with { PidFile = ServerKeys.OrNull(v) }),
        Key.Text("ports_file_dir", Reload.Yes, "Directory that gets a file with the ports in use.",
            (o, v) => o with { PortsFileDirectory = ServerKeys.OrNull(v) }),
        Key.Int("prof_port", Reload.No, "Port of diagnostics over HTTP; -1 takes a free one.", (o, v) => o with { ProfilePort = v }),
        Key.Int("prof_block_rate", Reload.Yes, "Accepted without effect: .NET counts no blocking events.", (o, v) => o with { ProfileBlockRate = v }),
    ];

    private static NatsServerOptions Set(NatsServerOptions options, LoggingOptions logging) => options with { Logging = logging };
}
