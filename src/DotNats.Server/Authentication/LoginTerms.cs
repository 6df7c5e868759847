namespace DotNats.Server.Authentication;

/// <summary>What the clients of one listener log in by, beside the users that all listeners share.</summary>
internal sealed record LoginTerms
{
    public string? Username { get; private init; }

    public string? Password { get; private init; }

    public string? Token { get; private init; }

    public string? NoAuthUser { get; private init; }

    /// <summary>The listener has them instead of the server's. Compat: then nobody is let in because only the system account has users.</summary>
    public bool IsOwn { get; private init; }

    /// <summary>The client certificate says who it is (<c>verify_and_map</c>): each listener by itself.</summary>
    public bool MapsCertificates { get; private init; }

    public static LoginTerms ForClients(NatsServerOptions options) => new()
    {
        Username = options.Authorization.Username,
        Password = options.Authorization.Password,
        Token = options.Authorization.Token,
        NoAuthUser = options.NoAuthUser,
        MapsCertificates = options.Tls is { MapToUser: true },
    };

    /// <summary>The server's, unless <c>mqtt { authorization, no_auth_user }</c> has its own.</summary>
    public static LoginTerms ForMqtt(NatsServerOptions options)
    {
        bool maps = options.Mqtt?.Tls is { MapToUser: true };
        if (options.Mqtt is not { } mqtt || (mqtt.Username is null && mqtt.Token is null && mqtt.NoAuthUser is null)) return ForClients(options) with { MapsCertificates = maps };
        return new LoginTerms
        {
            Username = mqtt.Username,
            Password = mqtt.Password,
            Token = mqtt.Token,
            NoAuthUser = mqtt.NoAuthUser,
            IsOwn = true,
            MapsCertificates = maps,
        };
    }

    /// <summary>Connection types whose listeners have certificates say who somebody is.</summary>
    public static string[] MappedTypes(NatsServerOptions options)
    {
        var types = new List<string>(2);
        if (options.Tls is { MapToUser: true }) types.Add(ConnectionTypes.Standard);
        if (options.Mqtt is { Port: not 0, Tls.MapToUser: true }) types.Add(ConnectionTypes.Mqtt);
        return [.. types];
    }
}
