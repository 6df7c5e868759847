using System.Text;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>Requests that create or change a consumer, under all three kinds of subjects.</summary>
// Previous stop: ApiRouter. Next stop: StreamConsumers.
internal sealed class ConsumerCreateHandlers(ServerCore server, ApiBodies bodies)
{
    private const string Type = ApiAnswers.TypePrefix + "consumer_create_response";

    public IEnumerable<ApiRoute> Routes()
    {
        // Compat: a body that cannot be read is told before anything else is looked at.
        yield return new ApiRoute(ApiSubjects.ConsumerCreate, Type, CreateAsync) { IsForAll = true };
        yield return new ApiRoute(ApiSubjects.ConsumerCreateNamed, Type, CreateAsync) { IsForAll = true };
        yield return new ApiRoute(ApiSubjects.ConsumerDurableCreate, Type, CreateAsync) { IsForAll = true };
    }

    private async ValueTask<ApiAnswer?> CreateAsync(ApiRequest request)
    {
        if (!bodies.TryRead(request, ConsumerConfigReader.Request, new ConsumerConfigRequest(), out ConsumerConfigRequest? body, out ApiAnswer? refusal)) return refusal;
        if (Prepare(request, body, out ConsumerConfig config, out LiveStream? stream) is { } error) return ApiAnswers.Error(Type, error);
        if (CheckIdentity(request, config, stream!) is { } mismatch) return ApiAnswers.Error(Type, mismatch);
        ConsumerResult result = await stream!.Consumers.CreateAsync(config, body).ConfigureAwait(false);
        if (result.Error is { } refused) return ApiAnswers.Error(Type, refused);
        ConsumerSnapshot snapshot = result.Snapshot!;
        ApiAnswer answer = ApiAnswers.Success(Type, json =>
            ConsumerInfos.Write(json, result.Consumer!, snapshot, ConsumerVersions.ToTell(snapshot.Config, ServerVersion.Compatible), server.Time.GetUtcNow()));
        return config.IsInternal ? answer with { Headers = StreamIdentity.HeadersOf(stream) } : answer;
    }

    private static ApiError? Prepare(ApiRequest request, ConsumerConfigRequest body, out ConsumerConfig config, out LiveStream? stream)
    {
        (config, stream) = (body.Config, null);
        if (ApiRouter.CheckAccess(request) is { } denied) return denied;
        if (ConsumerTarget.Parse(request.Subject, out ApiError? error) is not { } target) return error;
        if (target.Apply(body, out config) is { } mismatch) return mismatch;
        // Compat: told also where there is no such stream.
        if (config.Replicas > 1) return ApiErrors.StreamReplicasNotSupported;
        stream = request.Streams!.Find(target.Stream);
        if (stream is not null) return null;
        return request.Streams.FindInert(target.Stream) is { } inert ? ApiErrors.StreamOfflineReason.With(("{err}", inert.Reason)) : ApiErrors.StreamNotFound;
    }

    // Who copies a stream says which one it was, so that it notices when there is another of the name.
    private static ApiError? CheckIdentity(ApiRequest request, ConsumerConfig config, LiveStream stream)
    {
        if (!config.IsInternal) return null;
        ReadOnlySpan<byte> expected = HeaderLookup.Find(request.Headers, StreamIdentity.Header);
        string identity = StreamIdentity.Of(stream);
        return expected.IsEmpty || expected.SequenceEqual(Encoding.ASCII.GetBytes(identity)) ? null : ApiErrors.ConsumerStreamIdentityMismatch.With(("{msg}", identity));
    }
}
