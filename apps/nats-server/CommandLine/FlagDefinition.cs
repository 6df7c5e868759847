namespace DotNats.App.CommandLine;

/// <summary>One flag: all its names, what it takes, and where it goes.</summary>
internal sealed record FlagDefinition(string[] Names, FlagKind Kind, Action<CommandLineArguments, FlagValue> Set)
{
    /// <summary>Every flag of nats-server 2.15, one line each, and <c>fsck</c>, which is ours.</summary>
    // Source: nats-server --help; names are case-sensitive, one dash or two.
    private static readonly FlagDefinition[] All =
    [
        new(["a", "addr", "net"], FlagKind.Text, (a, v) => a.Host = v.Text),
        new(["p", "port"], FlagKind.Number, (a, v) => a.Port = v.Int32),
        new(["n", "name", "server_name"], FlagKind.Text, (a, v) => a.ServerName = v.Text),
        new(["P", "pid"], FlagKind.Text, (a, v) => a.PidFile = v.Text),
        new(["m", "http_port"], FlagKind.Number, (a, v) => a.HttpPort = v.Int32),
        new(["ms", "https_port"], FlagKind.Number, (a, v) => a.HttpsPort = v.Int32),
        new(["c", "config"], FlagKind.Text, (a, v) => a.ConfigFile = v.Text),
        new(["t"], FlagKind.Switch, (a, v) => a.CheckConfig = v.On),
        new(["sl", "signal"], FlagKind.Text, (a, v) => a.Signal = v.Text),
        new(["client_advertise"], FlagKind.Text, (a, v) => a.ClientAdvertise = v.Text),
        new(["ports_file_dir"], FlagKind.Text, (a, v) => a.PortsFileDirectory = v.Text),
        new(["l", "log"], FlagKind.Text, (a, v) => a.LogFile = v.Text),
        new(["T", "logtime"], FlagKind.Switch, (a, v) => a.Timestamps = v.On),
        new(["logtime_utc"], FlagKind.Switch, (a, v) => a.UtcTimestamps = v.On),
        new(["s", "syslog"], FlagKind.Switch, (a, v) => a.Syslog = v.On),
        new(["r", "remote_syslog"], FlagKind.Text, (a, v) => a.RemoteSyslog = v.Text),
        new(["D", "debug"], FlagKind.Switch, (a, v) => a.Debug = v.On),
        new(["V", "trace"], FlagKind.Switch, (a, v) => a.Trace = v.On),
        new(["VV"], FlagKind.Switch, (a, v) => a.VerboseTrace = v.On),
        new(["DV"], FlagKind.Switch, (a, v) => a.DebugAndTrace = v.On),
        new(["DVV"], FlagKind.Switch, (a, v) => a.DebugAndVerboseTrace = v.On),
        new(["log_size_limit"], FlagKind.Number, (a, v) => a.LogSizeLimit = v.Number),
        new(["max_traced_msg_len"], FlagKind.Number, (a, v) => a.MaxTracedMessageBytes = v.Int32),
        new(["js", "jetstream"], FlagKind.Switch, (a, v) => a.JetStream = v.On),
        new(["sd", "store_dir"], FlagKind.Text, (a, v) => a.StoreDirectory = v.Text),
        new(["fsck"], FlagKind.Text, (a, v) => a.CheckedStore = v.Text),
        new(["user"], FlagKind.Text, (a, v) => a.Username = v.Text),
        new(["pass"], FlagKind.Text, (a, v) => a.Password = v.Text),
        new(["auth"], FlagKind.Text, (a, v) => a.Token = v.Text),
        new(["tls"], FlagKind.Switch, (a, v) => a.Tls = v.On),
        new(["tlscert"], FlagKind.Text, (a, v) => a.TlsCertificate = v.Text),
        new(["tlskey"], FlagKind.Text, (a, v) => a.TlsKey = v.Text),
        new(["tlsverify"], FlagKind.Switch, (a, v) => a.TlsVerify = v.On),
        new(["tlscacert"], FlagKind.Text, (a, v) => a.TlsCaCertificate = v.Text),
        new(["routes"], FlagKind.Text, (a, v) => a.Routes = v.Text),
        new(["cluster", "cluster_listen"], FlagKind.Text, (a, v) => a.ClusterListen = v.Text),
        new(["cluster_name"], FlagKind.Text, (a, v) => a.ClusterName = v.Text),
        new(["no_advertise"], FlagKind.Switch, (a, v) => a.NoAdvertise = v.On),
        new(["cluster_advertise"], FlagKind.Text, (a, v) => a.ClusterAdvertise = v.Text),
        new(["connect_retries"], FlagKind.Number, (a, v) => a.ConnectRetries = v.Int32),
        new(["profile"], FlagKind.Number, (a, v) => a.ProfilePort = v.Int32),
        new(["h", "help"], FlagKind.Switch, (a, v) => a.ShowHelp = v.On),
        new(["v", "version"], FlagKind.Switch, (a, v) => a.ShowVersion = v.On),
        new(["help_tls"], FlagKind.Switch, (a, v) => a.ShowTlsHelp = v.On),
    ];

    /// <summary>Finds the flag with this name, or null.</summary>
    // A command line has few flags; a dictionary would cost more to fill than these comparisons.
    public static FlagDefinition? Find(string name)
    {
        foreach (FlagDefinition flag in All)
            if (Array.IndexOf(flag.Names, name) >= 0) return flag;
        return null;
    }
}
