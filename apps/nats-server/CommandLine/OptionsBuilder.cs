namespace DotNats.App.CommandLine;

/// <summary>Lays the command line over the configuration file's options: what was said on the command line wins.</summary>
// Pure: arguments and options in, options or error out. Runs again with the same arguments at every reload.
internal static class OptionsBuilder
{
    /// <summary>Builds what a server starts or reloads with.</summary>
    /// <param name="file">Options of the configuration file; the defaults without one.</param>
    /// <param name="error">What is wrong with the command line, in nats-server's words where it says the same; null for options.</param>
    public static NatsServerOptions Build(CommandLineArguments args, NatsServerOptions file, out string? error)
    {
        NatsServerOptions options = WithServer(args, file) with
        {
            Logging = Logging(args, file.Logging),
            Monitoring = Monitoring(args, file.Monitoring),
            Limits = file.Limits with { MaxTracedMessageBytes = args.MaxTracedMessageBytes ?? file.Limits.MaxTracedMessageBytes },
            Authorization = Authorization(args, file.Authorization),
            JetStream = JetStream(args, file.JetStream),
        };
        error = ClusterFlags.Apply(args, file.Cluster, out ClusterOptions? cluster);
        string? tlsError = Tls(args, file.Tls, out TlsOptions? tls);
        error ??= tlsError;
        if (error is null && args.Routes is { Length: > 0 } && cluster is not { Port: not 0 })
            error = "solicited routes require cluster capabilities, e.g. --cluster";
        return options with { Tls = tls, Cluster = cluster };
    }

    private static NatsServerOptions WithServer(CommandLineArguments args, NatsServerOptions file) => file with
    {
        Host = Override(args.Host, file.Host) ?? new NatsServerOptions().Host,
        // Compat: -p 0 means the default port; -1 asks for a free one.
        Port = args.Port is 0 ? new NatsServerOptions().Port : args.Port ?? file.Port,
        ServerName = Override(args.ServerName, file.ServerName),
        ClientAdvertise = Override(args.ClientAdvertise, file.ClientAdvertise),
        PidFile = Override(args.PidFile, file.PidFile),
        PortsFileDirectory = Override(args.PortsFileDirectory, file.PortsFileDirectory),
        ProfilePort = args.ProfilePort ?? file.ProfilePort,
    };

    // The combined switches count after the single ones, whatever their order on the command line.
    private static LoggingOptions Logging(CommandLineArguments args, LoggingOptions file) => file with
    {
        Debug = args.DebugAndVerboseTrace ?? args.DebugAndTrace ?? args.Debug ?? file.Debug,
        Trace = args.VerboseTrace ?? args.DebugAndVerboseTrace ?? args.DebugAndTrace ?? args.Trace ?? file.Trace,
        TraceVerbose = args.VerboseTrace ?? args.DebugAndVerboseTrace ?? file.TraceVerbose,
        Timestamps = args.Timestamps ?? file.Timestamps,
        UtcTimestamps = args.UtcTimestamps ?? file.UtcTimestamps,
        File = Override(args.LogFile, file.File),
        FileSizeLimitBytes = args.LogSizeLimit ?? file.FileSizeLimitBytes,
        Syslog = args.Syslog ?? file.Syslog,
        RemoteSyslog = Override(args.RemoteSyslog, file.RemoteSyslog),
    };

    private static MonitoringOptions Monitoring(CommandLineArguments args, MonitoringOptions file) => file with
    {
        HttpPort = Port(args.HttpPort, file.HttpPort),
        HttpsPort = Port(args.HttpsPort, file.HttpsPort),
    };

    // Compat: a token wins over a single user, wherever each was given; users listed in the file win over a single user.
    private static AuthorizationOptions Authorization(CommandLineArguments args, AuthorizationOptions file)
    {
        AuthorizationOptions merged = file with
        {
            Username = Override(args.Username, file.Username),
            Password = Override(args.Password, file.Password),
            Token = Override(args.Token, file.Token),
        };
        bool single = merged.Username is not null && merged.Token is null && merged.Users.Count == 0;
        return single ? merged : merged with { Username = null, Password = null };
    }

    // Any flag of the family turns TLS on, unless -tls=false turns it off; the file's certificates play no part then.
    private static string? Tls(CommandLineArguments args, TlsOptions? file, out TlsOptions? tls)
    {
        tls = args.Tls is false ? null : file;
        bool chosen = args.Tls ?? (args.TlsVerify is not null || args.TlsCertificate is not null || args.TlsKey is not null || args.TlsCaCertificate is not null);
        if (!chosen) return null;
        if (args.TlsCertificate is not { Length: > 0 } certificate) return "TLS Server certificate must be present and valid";
        if (args.TlsKey is not { Length: > 0 } key) return "TLS Server private key must be present and valid";
        tls = new TlsOptions
        {
            Certificates = [new TlsCertificateOptions(certificate, key)],
            CaFile = Override(args.TlsCaCertificate, null),
            Verify = args.TlsVerify ?? false,
        };
        return null;
    }

    private static JetStreamOptions JetStream(CommandLineArguments args, JetStreamOptions file) => file with
    {
        Enabled = args.JetStream ?? file.Enabled,
        StoreDirectory = Override(args.StoreDirectory, file.StoreDirectory),
    };

    private static int? Port(int? flag, int? file) => flag switch
    {
        null => file,
        0 => null,
        _ => flag,
    };

    private static string? Override(string? flag, string? file) => flag is null ? file : flag.Length == 0 ? null : flag;
}
