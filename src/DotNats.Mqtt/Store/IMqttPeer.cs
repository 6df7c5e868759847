using DotNats.Server.Connections;

namespace DotNats.Mqtt.Store;

/// <summary>The connection a session is attached to, as what survives it sees it.</summary>
internal interface IMqttPeer
{
    /// <summary>Its lock guards the session's packet identifiers while it is attached.</summary>
    Connection Connection { get; }

    /// <summary>Who sends: kept with retained messages; empty for nobody in particular.</summary>
    string Username { get; }

    /// <summary>How logs name it.</summary>
    string LogName { get; }

    /// <summary>Begins to listen, as far as permissions and limits allow; false, and a word in the log, where they do not.</summary>
    /// <remarks>
    /// The session asks for each sid once. Interests of a kind other than <see cref="MqttInterestKind.Topic"/> are the server's own: nobody's
    /// permissions apply to their subjects, but they count like others.
    /// </remarks>
    bool TryListen(MqttInterest interest);

    /// <summary>Ends an interest it took.</summary>
    void Unlisten(MqttInterest interest);

    /// <summary>No deny clause keeps it from a literal subject that one of its filters matches.</summary>
    bool MayReceive(ReadOnlySpan<byte> subject);

    /// <summary>Another connection has its client identifier now: drops the will, and closes. Any thread; must not wait.</summary>
    void OnReplaced();
}
