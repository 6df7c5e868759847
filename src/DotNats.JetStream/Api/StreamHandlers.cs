using System.Text;
using System.Text.Json;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>Requests that create, change, delete, empty or describe one stream.</summary>
// Previous stop: ApiRouter. Next stops: StreamChanges, the stream's runner, its log.
internal sealed class StreamHandlers(ServerCore server, JetStreamService service, ApiBodies bodies)
{
    // Compat: subjects listed in one answer.
    private const int MaxSubjects = 100_000;

    // Deleted sequences listed in one answer. A few messages left of billions have more of them than there is memory for; then their number is told alone.
    private const ulong MaxDeleted = 1_000_000;

    public IEnumerable<ApiRoute> Routes()
    {
        yield return Route(ApiSubjects.StreamCreate, "stream_create_response", CreateAsync);
        yield return Route(ApiSubjects.StreamUpdate, "stream_update_response", UpdateAsync);
        yield return Route(ApiSubjects.StreamDelete, "stream_delete_response", DeleteAsync);
        yield return Route(ApiSubjects.StreamPurge, "stream_purge_response", PurgeAsync) with { RefusalMembers = static json => json.WriteNumber("purged"u8, 0) };
        yield return Route(ApiSubjects.StreamInfo, "stream_info_response", Describe) with { IsInformation = true, IsPaged = true };
    }

    private static ApiRoute Route(string subject, string type, Func<ApiRequest, ValueTask<ApiAnswer?>> handle) => new(subject, ApiAnswers.TypePrefix + type, handle);

    private async ValueTask<ApiAnswer?> CreateAsync(ApiRequest request)
    {
        if (!bodies.TryRead(request, StreamConfigReader.Request, new StreamConfigRequest(), out StreamConfigRequest? body, out ApiAnswer? refusal)) return refusal;
        ChangeResult result = await service.Changes.CreateAsync(request.Streams!, request.StreamName, body).ConfigureAwait(false);
        if (result.Error is { } error) return Refuse(request, error);
        ApiAnswer answer = ApiAnswers.Success(request.Route.Type, json =>
        {
            Write(json, result.Stream!, default, domain: null, leader: null);
            json.WriteBoolean("did_create"u8, true);
        });
        // After the answer was written: a stream may take everything, and this is no part of what it is when it is new.
        if (result.IsNew) service.Advisories.StreamCreated(result.Stream!.Account, result.Stream.Name);
        return answer;
    }

    private async ValueTask<ApiAnswer?> UpdateAsync(ApiRequest request)
    {
        if (!bodies.TryRead(request, StreamConfigReader.Request, new StreamConfigRequest(), out StreamConfigRequest? body, out ApiAnswer? refusal)) return refusal;
        ChangeResult result = await service.Changes.UpdateAsync(request.Streams!, request.StreamName, body).ConfigureAwait(false);
        if (result.Error is { } error) return Refuse(request, error);
        ApiAnswer answer = ApiAnswers.Success(request.Route.Type, json => Write(json, result.Stream!, default, server.Options.JetStream.Domain, leader: null));
        service.Advisories.StreamUpdated(result.Stream!.Account, result.Stream.Name);
        return answer;
    }

    private async ValueTask<ApiAnswer?> DeleteAsync(ApiRequest request)
    {
        if (!request.IsEmpty) return Refuse(request, ApiErrors.NotEmptyRequest);
        return await service.Changes.DeleteAsync(request.Streams!, request.StreamName).ConfigureAwait(false) is { } error
            ? Refuse(request, error)
            : ApiAnswers.Done(request.Route.Type);
    }

    private async ValueTask<ApiAnswer?> PurgeAsync(ApiRequest request)
    {
        if (!bodies.TryReadOptional(request, PurgeRequest.Body, new PurgeRequest(), out PurgeRequest? body, out ApiAnswer? refusal)) return refusal;
        if (body.Before > 0 && body.Keep > 0) return Refuse(request, ApiErrors.BadRequest);
        if (request.Streams!.Find(request.StreamName) is not { } stream) return Refuse(request, ApiErrors.StreamNotFound);
        if (stream.Config.Sealed) return Refuse(request, ApiErrors.StreamSealed);
        if (stream.Config.DenyPurge) return Refuse(request, ApiErrors.StreamPurgeFailed.With(("{err}", "stream purge not permitted")));
        try
        {
            ulong purged = await stream.RunAsync(new PurgeCommand(Encoding.UTF8.GetBytes(body.Filter), body.Before, body.Keep)).ConfigureAwait(false);
            return Purged(request, purged);
        }
        catch (StreamGoneException)
        {
            return Refuse(request, ApiErrors.StreamNotFound);
        }
    }

    private static ApiAnswer Purged(ApiRequest request, ulong purged) => ApiAnswers.Success(request.Route.Type, json =>
    {
        json.WriteBoolean("success"u8, true);
        json.WriteNumber("purged"u8, purged);
    });

    private ValueTask<ApiAnswer?> Describe(ApiRequest request)
    {
        if (!bodies.TryReadOptional(request, StreamInfoRequest.Body, new StreamInfoRequest(), out StreamInfoRequest? body, out ApiAnswer? refusal)) return new(refusal);
        if (Find(request, out LiveStream? stream) is { } missing) return new(missing);
        (int total, long offset, int limit) = (0, 0, 0);
        var details = new StateDetails(null, body.DeletedDetails ? Deleted(stream!) : null);
        if (body.SubjectsFilter.Length > 0)
        {
            List<KeyValuePair<string, ulong>> subjects = [];
            stream!.Log.CopySubjects(Encoding.UTF8.GetBytes(body.SubjectsFilter), subjects);
            if (subjects.Count > 0)
            {
                subjects.Sort(static (one, other) => string.CompareOrdinal(one.Key, other.Key));
                (total, limit) = (subjects.Count, MaxSubjects);
                offset = Math.Max(0, body.Offset);
                int first = (int)Math.Min(offset, total);
                details = details with { Subjects = subjects.GetRange(first, Math.Min(limit, total - first)) };
            }
        }

        return new(ApiAnswers.Success(request.Route.Type, json =>
        {
            ApiAnswers.WritePage(json, total, offset, limit);
            Write(json, stream!, details, server.Options.JetStream.Domain, server.Name);
        }));
    }

    // Null where they are too many.
    private static List<ulong>? Deleted(LiveStream stream)
    {
        if (stream.Log.State.Deleted > MaxDeleted) return null;
        List<ulong> deleted = [];
        stream.Log.CopyDeleted(deleted);
        // Compat: nats-server counts sequence 0 where files never held a message.
        if (stream.Config.Storage == StorageType.File && stream.Log.State is { FirstSequence: 0, LastSequence: 0 }) deleted.Add(0);
        return deleted;
    }

    private void Write(Utf8JsonWriter json, LiveStream stream, StateDetails details, string? domain, string? leader) =>
        StreamInfos.Write(json, stream, StreamVersions.ToTell(stream.Config, VersionFor(stream)), details, domain, leader, server.Time.GetUtcNow());

    // Behind the version, as semantic versions allow it and comparisons of them pass it over: what an acknowledgement of the stream means.
    private string VersionFor(LiveStream stream) => $"{ServerVersion.Compatible}+{StreamLogOptions.ContractOf(stream.Config, server.Options.JetStream)}";

    private static ApiAnswer Refuse(ApiRequest request, ApiError error) => ApiAnswers.Error(request.Route, error);

    private static ApiAnswer? Find(ApiRequest request, out LiveStream? stream)
    {
        JetStreamAccount account = request.Streams!;
        stream = account.Find(request.StreamName);
        if (stream is not null) return null;
        return Refuse(request, account.FindInert(request.StreamName) is { } inert
            ? ApiErrors.StreamOfflineReason.With(("{err}", inert.Reason))
            : ApiErrors.StreamNotFound);
    }
}
