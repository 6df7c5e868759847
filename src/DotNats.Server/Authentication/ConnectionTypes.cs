namespace DotNats.Server.Authentication;

/// <summary>The words of <c>allowed_connection_types</c>.</summary>
public static class ConnectionTypes
{
    public const string Standard = "STANDARD";
    public const string WebSocket = "WEBSOCKET";
    public const string LeafNode = "LEAFNODE";
    public const string LeafNodeWebSocket = "LEAFNODE_WS";
    public const string Mqtt = "MQTT";
    public const string MqttWebSocket = "MQTT_WS";
    public const string InProcess = "IN_PROCESS";

    /// <summary>True for one of the words above, in any case.</summary>
    public static bool IsKnown(string type) => type.ToUpperInvariant() is
        Standard or WebSocket or LeafNode or LeafNodeWebSocket or Mqtt or MqttWebSocket or InProcess;
}
