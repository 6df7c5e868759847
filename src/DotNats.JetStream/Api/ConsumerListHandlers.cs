using DotNats.JetStream.Accounts;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Streams;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>Requests for the consumers of a stream, page by page.</summary>
internal sealed class ConsumerListHandlers(ServerCore server, ApiBodies bodies)
{
    // Compat: nats-server's page sizes.
    private const int NamesLimit = 1024;
    private const int ListLimit = 256;

    public IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute(ApiSubjects.ConsumerNames, ApiAnswers.TypePrefix + "consumer_names_response", Names) { IsInformation = true, IsForAll = true };
        yield return new ApiRoute(ApiSubjects.ConsumerList, ApiAnswers.TypePrefix + "consumer_list_response", ListAsync) { IsInformation = true, IsForAll = true };
    }

    private ValueTask<ApiAnswer?> Names(ApiRequest request)
    {
        if (Find(request, out Entry[] entries, out int offset) is { } refusal) return new(refusal);
        return new(ApiAnswers.Success(request.Route.Type, json =>
        {
            ApiAnswers.WritePage(json, entries.Length, offset, NamesLimit);
            json.WriteTexts("consumers"u8, [.. entries.Skip(offset).Take(NamesLimit).Select(static entry => entry.Name)]);
        }));
    }

    private async ValueTask<ApiAnswer?> ListAsync(ApiRequest request)
    {
        if (Find(request, out Entry[] entries, out int offset) is { } refusal) return refusal;
        Entry[] page = entries[offset..Math.Min(entries.Length, offset + ListLimit)];
        List<byte[]> infos = [];
        foreach (Entry entry in page)
        {
            if (entry.Consumer is not { } consumer) continue;
            // Compat: only what is asked for one by one tells which server answers.
            if (await ConsumerInfos.WriteAsync(consumer, static config => config, server.Time.GetUtcNow()).ConfigureAwait(false) is { } info) infos.Add(info);
        }

        InertConsumer[] inert = [.. page.Where(static entry => entry.Inert is not null).Select(static entry => entry.Inert!)];
        return ApiAnswers.Success(request.Route.Type, json =>
        {
            ApiAnswers.WritePage(json, entries.Length, offset, ListLimit);
            json.WriteStartArray("consumers"u8);
            foreach (byte[] info in infos) json.WriteRawValue(info, skipInputValidation: true);
            json.WriteEndArray();
            if (inert.Length == 0) return;
            json.WriteTexts("missing"u8, [.. inert.Select(static consumer => consumer.Name)]);
            json.WriteStartObject("offline"u8);
            foreach (InertConsumer consumer in inert) json.WriteString(consumer.Name, consumer.Reason);
            json.WriteEndObject();
        });
    }

    private ApiAnswer? Find(ApiRequest request, out Entry[] entries, out int offset)
    {
        (entries, offset) = ([], 0);
        if (ApiRouter.CheckAccess(request) is { } denied) return Refuse(request, denied);
        var page = new PageRequest();
        if (request.HasJson)
        {
            page = bodies.Read(request, PageRequest.Consumers, page, out string? syntax);
            if (syntax is not null) return Refuse(request, ApiErrors.InvalidJSON.With(("{err}", syntax)));
        }

        if (request.Streams!.Find(request.StreamName) is { } stream) entries = [.. stream.Consumers.Public.Select(static consumer => new Entry(consumer.Name, consumer, null))];
        else if (request.Streams.FindInert(request.StreamName) is { } inert) entries = [.. inert.Consumers.Select(static consumer => new Entry(consumer.Name, null, consumer))];
        else return Refuse(request, ApiErrors.StreamNotFound);
        offset = (int)Math.Clamp(page.First, 0, entries.Length);
        return null;
    }

    // Compat: a refusal has the members of a page and an empty list.
    private static ApiAnswer Refuse(ApiRequest request, ApiError error) => ApiAnswers.Success(request.Route.Type, json =>
    {
        json.WritePropertyName("error"u8);
        error.WriteTo(json);
        ApiAnswers.WritePage(json, 0, 0, 0);
        json.WriteTexts("consumers"u8, []);
    }) with { IsError = true };

    private readonly record struct Entry(string Name, LiveConsumer? Consumer, InertConsumer? Inert);
}
