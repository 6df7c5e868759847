using System.Globalization;
using DotNats.Server.SystemAccount;

namespace DotNats.Mqtt.Store;

/// <summary>Names of the streams, consumers and subjects that MQTT lives in: nats-server's.</summary>
internal static class MqttSubjects
{
    public const string Sessions = "$MQTT_sess";
    public const string Messages = "$MQTT_msgs";
    public const string Retained = "$MQTT_rmsgs";
    public const string Staged = "$MQTT_qos2in";
    public const string Releases = "$MQTT_out";

    public const string Prefix = "$MQTT.";
    public const string SessionPrefix = "$MQTT.sess.";
    public const string MessagePrefix = "$MQTT.msgs.";
    public const string RetainedPrefix = "$MQTT.rmsgs.";
    public const string StagedPrefix = "$MQTT.qos2.in.";
    public const string ReleasePrefix = "$MQTT.out.";
    public const string DeliverPrefix = "$MQTT.sub.";
    public const string AnswerPrefix = "$MQTT.JSA.";

    /// <summary>Appended to the sid of the parent's subscription that <c>a/#</c> has.</summary>
    public const string ParentSidSuffix = " fwc";

    /// <summary>Eight characters that stand for a client identifier or a server name.</summary>
    public static string Hash(string name) => ServerHash.Of(name);

    public static string ReleaseSubject(string hash) => $"{ReleasePrefix}pubrel.{hash}";

    public static string ReleaseDelivery(string hash) => $"$MQTT.deliver.pubrel.{hash}";

    public static string ReleaseConsumer(string hash) => $"$MQTT_PUBREL_{hash}";

    /// <summary>Where a QoS 2 message waits for its release. Compat: by the client's own name, not by its hash.</summary>
    public static string StagedSubject(string clientId, ushort packetId) => string.Create(CultureInfo.InvariantCulture, $"{StagedPrefix}{clientId}.{packetId}");
}
