namespace DotNats.Security;

/// <summary>Whom an nkey stands for; its letter starts the public key and follows the <c>S</c> of the seed.</summary>
public enum NKeyKind
{
    /// <summary><c>O…</c>: signs account JWTs.</summary>
    Operator,

    /// <summary><c>A…</c>: signs user JWTs.</summary>
    Account,

    /// <summary><c>U…</c>: logs in.</summary>
    User,

    /// <summary><c>N…</c>: the id of a server.</summary>
    Server,

    /// <summary><c>C…</c>: a cluster.</summary>
    Cluster,

    /// <summary><c>X…</c>: X25519 key for encryption (<c>xkey</c>); cannot sign.</summary>
    Curve,
}
