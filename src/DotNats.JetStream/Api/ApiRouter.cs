using System.Text;
using DotNats.JetStream.Service;
using DotNats.JetStream.Snapshots;
using DotNats.Primitives;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>From a request's subject to who answers it, and what is checked for all of them before.</summary>
// Owner: ApiServer. Immutable.
internal sealed class ApiRouter
{
    private const string SystemType = "io.nats.jetstream.api.v1.system_response";

    private readonly (byte[] Filter, ApiRoute Route)[] _routes;

    public ApiRouter(ServerCore server, JetStreamService service)
    {
        var bodies = new ApiBodies(server);
        NotForSystem = new ApiRoute("", SystemType, static request => new(ApiAnswers.Error(request.Route.Type, ApiErrors.NotEnabledForAccount))) { IsForAll = true };
        AccountPurge = new SystemHandlers(server, service).AccountPurge;
        ApiRoute[] routes =
        [
            .. new AccountHandlers(server).Routes(),
            .. new StreamHandlers(server, service, bodies).Routes(),
            .. new StreamListHandlers(server, bodies).Routes(),
            .. new MessageHandlers(bodies).Routes(),
            .. new ConsumerCreateHandlers(server, bodies).Routes(),
            .. new ConsumerListHandlers(server, bodies).Routes(),
            .. new ConsumerHandlers(server, bodies).Routes(),
            .. new SnapshotHandlers(server, service, bodies).Routes(),
            .. ClusterHandlers.Routes(),
        ];
        _routes = [.. routes.Select(static route => (Encoding.UTF8.GetBytes(route.Subject), route))];
    }

    /// <summary>For requests of a client of the system account.</summary>
    public ApiRoute NotForSystem { get; }

    /// <summary>For clients of the system account alone.</summary>
    public ApiRoute AccountPurge { get; }

    /// <summary>The route of a subject; null for what is no request.</summary>
    public ApiRoute? Find(ReadOnlySpan<byte> subject)
    {
        foreach ((byte[] filter, ApiRoute route) in _routes)
        {
            if (Subjects.Matches(subject, filter)) return route;
        }

        return null;
    }

    public static ValueTask<ApiAnswer?> HandleAsync(ApiRequest request)
    {
        ApiRoute route = request.Route;
        return !route.IsForAll && CheckAccess(request) is { } error ? new(ApiAnswers.Error(route, error)) : route.Handle(request);
    }

    /// <summary>Why a request cannot be served, whatever it asks for; null where it can.</summary>
    public static ApiError? CheckAccess(ApiRequest request)
    {
        if (request.NeedsNewerApi) return ApiErrors.RequiredApiLevel;
        return request.Streams is null ? ApiErrors.NotEnabledForAccount : null;
    }
}
