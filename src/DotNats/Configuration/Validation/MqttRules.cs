namespace DotNats.Configuration.Validation;

/// <summary>What MQTT needs of the rest.</summary>
internal static class MqttRules
{
    public static void Check(NatsServerOptions options, List<string> errors)
    {
        if (options.Mqtt is not { Port: not 0 } mqtt)
            return;
        bool isClustered = options.Cluster is { Port: not 0 } || options.Gateway is { Port: not 0 };
        if (options.ServerName is null && isClustered)
            errors.Add("mqtt requires server name to be explicitly set");
        if (NoAuthUserRules.Check(options, mqtt.NoAuthUser) is { } error)
            errors.Add(error);
        if (NoAuthUserRules.HasUsers(options))
        {
            if (mqtt.Username is not null)
                errors.Add("mqtt authentication username not compatible with presence of users/nkeys");
            if (mqtt.Token is not null)
                errors.Add("mqtt authentication token not compatible with presence of users/nkeys");
        }
        if (mqtt.AckWait < TimeSpan.Zero)
            errors.Add("ack wait must be a positive value");
        if (mqtt.JetStreamApiTimeout < TimeSpan.Zero)
            errors.Add("JS API timeout must be a positive value");
        bool hasLeafNodes = options.LeafNodes is { } leaf && (leaf.Port != 0 || leaf.Remotes.Count > 0);
        if (!options.JetStream.Enabled && !isClustered && !hasLeafNodes)
            errors.Add("mqtt requires JetStream to be enabled if running in standalone mode");
        errors.AddRange(PinRules.Check(mqtt.Tls?.PinnedCertificates, "mqtt: "));
    }
}
