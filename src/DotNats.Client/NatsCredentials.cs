using System.Buffers.Text;
using System.Text;
using DotNats.Security;

namespace DotNats.Client;

/// <summary>Who a connection logs in as.</summary>
public sealed class NatsCredentials
{
    private readonly Func<byte[], byte[]>? _sign;

    private NatsCredentials(Func<byte[], byte[]>? sign = null) => _sign = sign;

    internal string? User { get; private init; }

    internal string? Password { get; private init; }

    internal string? AuthToken { get; private init; }

    internal string? PublicKey { get; private init; }

    internal string? UserJwt { get; private init; }

    /// <summary>User name and password (<c>user</c>, <c>pass</c>).</summary>
    public static NatsCredentials UserPassword(string user, string password) => new() { User = user, Password = password };

    /// <summary>A shared secret (<c>auth_token</c>).</summary>
    public static NatsCredentials Token(string token) => new() { AuthToken = token };

    /// <summary>An nkey user: signs the server's nonce. The key must live as long as connections are made with it.</summary>
    public static NatsCredentials NKey(NKey key) => new(nonce => key.Sign(nonce)) { PublicKey = key.PublicKey };

    /// <summary>A user JWT and the key it was made for.</summary>
    public static NatsCredentials Jwt(string userJwt, NKey key) => new(nonce => key.Sign(nonce)) { UserJwt = userJwt };

    /// <summary>The base64url signature of the nonce; null where nothing is to be signed.</summary>
    internal string? Sign(string? nonce) =>
        _sign is null || string.IsNullOrEmpty(nonce) ? null : Base64Url.EncodeToString(_sign(Encoding.ASCII.GetBytes(nonce)));

    /// <summary>What kind and for whom, without secrets.</summary>
    public override string ToString()
    {
        if (UserJwt is not null) return "jwt";
        if (PublicKey is not null) return $"nkey {PublicKey}";
        return AuthToken is not null ? "token" : $"user {User}";
    }
}
