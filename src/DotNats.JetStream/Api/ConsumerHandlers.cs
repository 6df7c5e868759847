using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Api;

/// <summary>Requests about consumers, of which no stream has any yet.</summary>
internal sealed class ConsumerHandlers(ApiBodies bodies)
{
    // Compat: nats-server's page sizes.
    private const int NamesLimit = 1024;
    private const int ListLimit = 256;

    public IEnumerable<ApiRoute> Routes()
    {
        yield return Page(ApiSubjects.ConsumerNames, "consumer_names_response", NamesLimit);
        yield return Page(ApiSubjects.ConsumerList, "consumer_list_response", ListLimit);
        yield return new ApiRoute(ApiSubjects.ConsumerInfo, ApiAnswers.TypePrefix + "consumer_info_response", NotFound) { IsInformation = true };
        yield return new ApiRoute(ApiSubjects.ConsumerDelete, ApiAnswers.TypePrefix + "consumer_delete_response", NotFound);
        yield return new ApiRoute(ApiSubjects.ConsumerPause, ApiAnswers.TypePrefix + "consumer_pause_response", NotFound);
        yield return new ApiRoute(ApiSubjects.ConsumerUnpin, ApiAnswers.TypePrefix + "consumer_unpin_response", NotFound);
    }

    private ApiRoute Page(string subject, string type, int limit) =>
        new(subject, ApiAnswers.TypePrefix + type, request => List(request, limit)) { IsInformation = true, IsPaged = true };

    private ValueTask<ApiAnswer?> List(ApiRequest request, int limit)
    {
        if (!bodies.TryReadOptional(request, PageRequest.Consumers, new PageRequest(), out _, out ApiAnswer? refusal)) return new(refusal);
        if (request.Streams!.Find(request.StreamName) is null) return new(ApiAnswers.Error(request.Route.Type, ApiErrors.StreamNotFound, isPaged: true));
        return new(ApiAnswers.Success(request.Route.Type, json =>
        {
            ApiAnswers.WritePage(json, 0, 0, limit);
            json.WriteTexts("consumers"u8, []);
        }));
    }

    private static ValueTask<ApiAnswer?> NotFound(ApiRequest request)
    {
        // Compat: an information request says nothing, a deletion neither; a pause says until when.
        bool mustBeEmpty = request.Route.Subject is ApiSubjects.ConsumerInfo or ApiSubjects.ConsumerDelete;
        if (mustBeEmpty && !request.IsEmpty) return new(ApiAnswers.Error(request.Route.Type, ApiErrors.NotEmptyRequest));
        LiveStream? stream = request.Streams!.Find(request.StreamName);
        return new(ApiAnswers.Error(request.Route.Type, stream is null ? ApiErrors.StreamNotFound : ApiErrors.ConsumerNotFound));
    }
}
