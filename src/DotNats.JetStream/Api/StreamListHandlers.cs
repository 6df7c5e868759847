using System.Text.Json;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Streams;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>Requests for the streams of an account, page by page.</summary>
internal sealed class StreamListHandlers(ServerCore server, ApiBodies bodies)
{
    // Compat: nats-server's page sizes.
    private const int NamesLimit = 1024;
    private const int ListLimit = 256;

    public IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute(ApiSubjects.StreamNames, ApiAnswers.TypePrefix + "stream_names_response", Names)
        {
            IsInformation = true,
            IsPaged = true,
            RefusalMembers = static json => json.WriteNull("streams"u8),
        };
        yield return new ApiRoute(ApiSubjects.StreamList, ApiAnswers.TypePrefix + "stream_list_response", List)
        {
            IsInformation = true,
            IsPaged = true,
            RefusalMembers = static json => json.WriteTexts("streams"u8, []),
        };
    }

    private ValueTask<ApiAnswer?> Names(ApiRequest request)
    {
        if (!bodies.TryReadOptional(request, PageRequest.StreamNames, new PageRequest(), out PageRequest? page, out ApiAnswer? refusal)) return new(refusal);
        string[] names = [.. Select(request.Streams!, page.Subject).Select(static entry => entry.Name)];
        int offset = (int)Math.Clamp(page.First, 0, names.Length);
        return new(ApiAnswers.Success(request.Route.Type, json =>
        {
            ApiAnswers.WritePage(json, names.Length, offset, NamesLimit);
            // Compat: no names are null.
            if (offset == names.Length) json.WriteNull("streams"u8);
            else json.WriteTexts("streams"u8, names[offset..Math.Min(names.Length, offset + NamesLimit)]);
        }));
    }

    private ValueTask<ApiAnswer?> List(ApiRequest request)
    {
        if (!bodies.TryReadOptional(request, PageRequest.StreamList, new PageRequest(), out PageRequest? page, out ApiAnswer? refusal)) return new(refusal);
        Entry[] entries = [.. Select(request.Streams!, page.Subject)];
        int offset = (int)Math.Clamp(page.First, 0, entries.Length);
        return new(ApiAnswers.Success(request.Route.Type, json => Write(json, entries, offset)));
    }

    private void Write(Utf8JsonWriter json, Entry[] entries, int offset)
    {
        ApiAnswers.WritePage(json, entries.Length, offset, ListLimit);
        Entry[] shown = entries[offset..Math.Min(entries.Length, offset + ListLimit)];
        json.WriteStartArray("streams"u8);
        foreach (Entry entry in shown)
        {
            if (entry.Stream is not { } stream) continue;
            json.WriteStartObject();
            StreamInfos.Write(json, stream, stream.Config, default, server.Options.JetStream.Domain, leader: null, server.Time.GetUtcNow());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        InertStream[] inert = [.. shown.Where(static entry => entry.Inert is not null).Select(static entry => entry.Inert!)];
        if (inert.Length == 0) return;
        json.WriteTexts("missing"u8, [.. inert.Select(static stream => stream.Name)]);
        json.WriteStartObject("offline"u8);
        foreach (InertStream stream in inert) json.WriteString(stream.Name, stream.Reason);
        json.WriteEndObject();
    }

    private static IEnumerable<Entry> Select(JetStreamAccount account, string filter)
    {
        var wanted = new ListFilter(filter);
        IEnumerable<Entry> all = account.Streams.Select(static stream => new Entry(stream.Name, stream.Config, stream, null))
            .Concat(account.Inert.Select(static stream => new Entry(stream.Name, stream.Config, null, stream)));
        return all.Where(entry => filter.Length == 0 || entry.Config.Subjects.Any(wanted.Takes))
            .OrderBy(static entry => entry.Name, StringComparer.Ordinal);
    }

    private readonly record struct Entry(string Name, StreamConfig Config, LiveStream? Stream, InertStream? Inert);
}
