using System.IO.Pipelines;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DotNats.Http;

/// <summary>Answers each HTTP request: no pipeline, no context objects, just the request line in and a reply out.</summary>
// Previous stop: Kestrel. Next stop: RequestRouter.
internal sealed class HttpApplication(RequestRouter router) : IHttpApplication<IFeatureCollection>
{
    // Compat: nats-server's HTTP library announces the length of bodies that fit its first buffer and chunks the rest.
    private const int MaxBytesWithLength = 2048;

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        IHttpRequestFeature request = context.GetRequiredFeature<IHttpRequestFeature>();
        if (HttpProtocol.IsHttp10(request.Protocol)) context.Get<VersionEcho>()?.ExpectOldVersion();
        MonitoringReply reply = router.Answer(request.Method, request.RawTarget);
        IHttpResponseFeature response = context.GetRequiredFeature<IHttpResponseFeature>();
        SetHeaders(response, reply);
        CancellationToken aborted = context.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? default;
        PipeWriter body = context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer;
        if (reply.ToBytes() is not ReadOnlyMemory<byte> bytes)
        {
            await reply.WriteAsync(body, aborted);
            return;
        }

        // A moved page without a body has its length, one with a body only where the body is sent.
        bool isHead = HttpMethods.IsHead(request.Method);
        if (bytes.Length <= MaxBytesWithLength && !(isHead && reply.StatusCode == StatusCodes.Status301MovedPermanently))
            response.Headers.ContentLength = bytes.Length;
        if (!bytes.IsEmpty && !isHead) await body.WriteAsync(bytes, aborted);
    }

    private static void SetHeaders(IHttpResponseFeature response, MonitoringReply reply)
    {
        response.StatusCode = reply.StatusCode;
        IHeaderDictionary headers = response.Headers;
        if (reply.AllowAnyOrigin) headers.AccessControlAllowOrigin = "*";
        if (reply.ContentType is not null) headers.ContentType = reply.ContentType;
        if (reply.Location is not null) headers.Location = reply.Location;
        if (reply.NoSniff) headers.XContentTypeOptions = "nosniff";
        if (reply.IsProfileError) headers["X-Go-Pprof"] = "1";
        if (reply.Close) headers.Connection = "close";
    }
}
