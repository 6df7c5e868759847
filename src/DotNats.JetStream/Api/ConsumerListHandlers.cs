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
        yield return Route(ApiSubjects.ConsumerNames, "consumer_names_response", Names);
        yield return Route(ApiSubjects.ConsumerList, "consumer_list_response", ListAsync);
    }

    private static ApiRoute Route(string subject, string type, Func<ApiRequest, ValueTask<ApiAnswer?>> handle) => new(subject, ApiAnswers.TypePrefix + type, handle)
    {
        IsInformation = true,
        IsPaged = true,
        RefusalMembers = static json => json.WriteTexts("consumers"u8, []),
    };

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
        if (!bodies.TryReadOptional(request, PageRequest.Consumers, new PageRequest(), out PageRequest? page, out ApiAnswer? refusal)) return refusal;
        if (request.Streams!.Find(request.StreamName) is { } stream) entries = [.. stream.Consumers.Public.Select(static consumer => new Entry(consumer.Name, consumer, null))];
        else if (request.Streams.FindInert(request.StreamName) is { } inert) entries = [.. inert.Consumers.Select(static consumer => new Entry(consumer.Name, null, consumer))];
        else return ApiAnswers.Error(request.Route, ApiErrors.StreamNotFound);
        offset = (int)Math.Clamp(page.First, 0, entries.Length);
        return null;
    }

    private readonly record struct Entry(string Name, LiveConsumer? Consumer, InertConsumer? Inert);
}
