namespace DotNats;

/// <summary>Clients over WebSocket (<c>websocket {}</c>).</summary>
public sealed record WebSocketOptions
{
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>0 for none, -1 for a free one.</summary>
    public int Port { get; init; }

    public string? Advertise { get; init; }

    /// <summary>Allows to do without <see cref="Tls"/>.</summary>
    public bool NoTls { get; init; }

    public TlsOptions? Tls { get; init; }

    /// <summary>Origin must be the host asked for.</summary>
    public bool SameOrigin { get; init; }

    /// <summary>Empty for any.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init => field = OptionList.Copy(value); } = [];

    public bool Compression { get; init; }

    /// <summary>Zero for the default.</summary>
    public TimeSpan HandshakeTimeout { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public string? Token { get; init; }

    public TimeSpan? AuthTimeout { get; init; }

    public string? NoAuthUser { get; init; }

    /// <summary>Cookie whose value stands for the JWT of CONNECT.</summary>
    public string? JwtCookie { get; init; }

    public string? UsernameCookie { get; init; }

    public string? PasswordCookie { get; init; }

    public string? TokenCookie { get; init; }

    /// <summary>Further headers of the upgrade response.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init => field = OptionMap.Copy(value); } = new OptionMap<string>();

    /// <summary>Null takes the server's.</summary>
    public TimeSpan? PingInterval { get; init; }
}

/// <summary>MQTT clients (<c>mqtt {}</c>).</summary>
public sealed record MqttOptions
{
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>0 for none, -1 for a free one.</summary>
    public int Port { get; init; }

    public TlsOptions? Tls { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public string? Token { get; init; }

    public TimeSpan? AuthTimeout { get; init; }

    public string? NoAuthUser { get; init; }

    /// <summary>Zero for the default of 30 s.</summary>
    public TimeSpan AckWait { get; init; }

    /// <summary>Zero for the default of 5 s.</summary>
    public TimeSpan JetStreamApiTimeout { get; init; }

    /// <summary>0 for the default of 1024.</summary>
    public int MaxAckPending { get; init; }

    public string? JetStreamDomain { get; init; }

    /// <summary>0 lets the cluster's size decide.</summary>
    public int StreamReplicas { get; init; }

    public bool ConsumerMemoryStorage { get; init; }

    public TimeSpan ConsumerInactiveThreshold { get; init; }

    public bool RejectQos2Publish { get; init; }

    public bool DowngradeQos2Subscribe { get; init; }
}
