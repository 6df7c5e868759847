namespace DotNats.Protocol.Mqtt;

/// <summary>What a CONNECT packet says. Keeps copies: the packet's bytes may go.</summary>
public sealed record MqttConnect
{
    /// <summary>Empty where the client leaves the choice to the server (with a clean session only).</summary>
    public string ClientId { get; init; } = "";

    public bool CleanSession { get; init; }

    /// <summary>Seconds between two signs of life; 0 for none asked for.</summary>
    public int KeepAliveSeconds { get; init; }

    public MqttWill? Will { get; init; }

    /// <summary>Null where none was sent.</summary>
    public string? Username { get; init; }

    /// <summary>Null where none was sent.</summary>
    public string? Password { get; init; }

    /// <summary>How long the server waits for a sign of life: half as long again as was asked for. Compat: in whole seconds.</summary>
    public TimeSpan? ReadTimeout => KeepAliveSeconds == 0 ? null : TimeSpan.FromSeconds(KeepAliveSeconds * 3 / 2);
}

/// <summary>What is to be published when a client is lost.</summary>
/// <param name="Topic">As the client spelled it.</param>
/// <param name="Subject">The topic as a subject.</param>
public sealed record MqttWill(byte[] Topic, byte[] Subject, byte[] Payload, int Qos, bool Retain);
