using DotNats.Configuration.Binding;
using DotNats.Primitives;

namespace DotNats.Configuration.Validation;

/// <summary>What WebSocket listeners need: TLS or the wish to do without, origins that are origins, headers that are free.</summary>
internal static class WebSocketRules
{
    public static void Check(NatsServerOptions options, List<string> errors)
    {
        if (options.WebSocket is not { Port: not 0 } socket)
            return;
        if (socket.Tls is null && !socket.NoTls)
            errors.Add("websocket requires TLS configuration");
        errors.AddRange(socket.AllowedOrigins.Select(CheckOrigin).OfType<string>());
        if (NoAuthUserRules.Check(options, socket.NoAuthUser) is { } error)
            errors.Add(error);
        if (NoAuthUserRules.HasUsers(options))
        {
            if (socket.Username is not null)
                errors.Add("websocket authentication username not compatible with presence of users/nkeys");
            if (socket.Token is not null)
                errors.Add("websocket authentication token not compatible with presence of users/nkeys");
        }
        if (socket.JwtCookie is { } cookie && options.Operators.Count == 0 && options.TrustedKeys.Count == 0)
            errors.Add($"trusted operators or trusted keys configuration is required for JWT authentication via cookie {GoQuote.Quote(cookie)}");
        errors.AddRange(PinRules.Check(socket.Tls?.PinnedCertificates, "websocket: "));
        errors.AddRange(socket.Headers.Keys.Select(CheckHeader).OfType<string>());
    }

    private static string? CheckOrigin(string origin)
    {
        string quoted = GoQuote.Quote(origin);
        // A request's URL is absolute or a path.
        bool isRequest = UrlReader.TryParse(origin, out ServerUrl? url) && (url!.Scheme.Length > 0 || origin.StartsWith('/'));
        if (!isRequest)
            return $"unable to parse allowed origin: parse {quoted}: invalid URI for request";
        if (url!.Scheme is not ("http" or "https"))
            return $"unable to parse allowed origin {quoted}: allowed origins must be absolute URLs with http or https scheme";
        return url.HostAndPort.Length == 0 ? $"unable to parse allowed origin {quoted}: host is required" : null;
    }

    private static string? CheckHeader(string name)
    {
        string folded = name.ToLowerInvariant();
        if (folded is "host" or "content-length" or "connection" or "upgrade" or "nats-no-masking")
            return $"websocket: invalid header {GoQuote.Quote(name)} not allowed";
        return folded.StartsWith("sec-websocket-", StringComparison.Ordinal)
            ? $"websocket: invalid header {GoQuote.Quote(name)}, \"Sec-WebSocket-\" prefix not allowed"
            : null;
    }
}
