namespace DotNats.App.CommandLine;

/// <summary>What the command line said, flag by flag; null where it said nothing, so that the configuration file's value stays.</summary>
internal sealed class CommandLineArguments
{
    // Server
    public string? Host { get; set; }
    public int? Port { get; set; }
    public string? ServerName { get; set; }
    public string? PidFile { get; set; }
    public int? HttpPort { get; set; }
    public int? HttpsPort { get; set; }
    public string? ConfigFile { get; set; }
    public bool CheckConfig { get; set; }
    public string? Signal { get; set; }
    public string? ClientAdvertise { get; set; }
    public string? PortsFileDirectory { get; set; }
    public int? ProfilePort { get; set; }

    // Logging
    public string? LogFile { get; set; }
    public bool? Timestamps { get; set; }
    public bool? UtcTimestamps { get; set; }
    public bool? Syslog { get; set; }
    public string? RemoteSyslog { get; set; }
    public bool? Debug { get; set; }
    public bool? Trace { get; set; }
    public bool? VerboseTrace { get; set; }
    public bool? DebugAndTrace { get; set; }
    public bool? DebugAndVerboseTrace { get; set; }
    public long? LogSizeLimit { get; set; }
    public int? MaxTracedMessageBytes { get; set; }

    // Authorization and TLS
    public string? Username { get; set; }
    public string? Password { get; set; }
    public string? Token { get; set; }
    public bool? Tls { get; set; }
    public bool? TlsVerify { get; set; }
    public string? TlsCertificate { get; set; }
    public string? TlsKey { get; set; }
    public string? TlsCaCertificate { get; set; }

    // JetStream
    public bool? JetStream { get; set; }
    public string? StoreDirectory { get; set; }
    public string? CheckedStore { get; set; }

    // Cluster
    public string? Routes { get; set; }
    public string? ClusterListen { get; set; }
    public string? ClusterName { get; set; }
    public bool? NoAdvertise { get; set; }
    public string? ClusterAdvertise { get; set; }
    public int? ConnectRetries { get; set; }

    // What to show instead of starting a server
    public bool ShowHelp { get; set; }
    public bool ShowVersion { get; set; }
    public bool ShowTlsHelp { get; set; }
}
