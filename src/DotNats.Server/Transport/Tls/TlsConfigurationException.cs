namespace DotNats.Server.Transport.Tls;

/// <summary>TLS files or values that cannot be used. The message is what nats-server says.</summary>
public sealed class TlsConfigurationException(string message) : Exception(message);
