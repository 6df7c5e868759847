using System.Text.Json;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>Requests about one consumer that exists.</summary>
// Previous stop: ApiRouter. Next stops: StreamConsumers, LiveConsumer.
internal sealed class ConsumerHandlers(ServerCore server, ApiBodies bodies)
{
    // Compat: each kind of request is checked in an order of its own, so not by the router.
    public IEnumerable<ApiRoute> Routes()
    {
        yield return Route(ApiSubjects.ConsumerInfo, "consumer_info_response", InfoAsync) with { IsInformation = true };
        yield return Route(ApiSubjects.ConsumerDelete, "consumer_delete_response", DeleteAsync);
        yield return Route(ApiSubjects.ConsumerPause, "consumer_pause_response", PauseAsync) with { RefusalMembers = json => WritePause(json, default) };
        yield return Route(ApiSubjects.ConsumerUnpin, "consumer_unpin_response", UnpinAsync);
        yield return Route(ApiSubjects.ConsumerReset, "consumer_reset_response", ResetAsync) with { RefusalMembers = static json => json.WriteNumber("reset_seq"u8, 0) };
    }

    private static ApiRoute Route(string subject, string type, Func<ApiRequest, ValueTask<ApiAnswer?>> handle) =>
        new(subject, ApiAnswers.TypePrefix + type, handle) { IsForAll = true };

    private async ValueTask<ApiAnswer?> InfoAsync(ApiRequest request)
    {
        if (!request.IsEmpty) return Refuse(request, ApiErrors.NotEmptyRequest);
        if (ApiRouter.CheckAccess(request) is { } denied) return Refuse(request, denied);
        if (Find(request, out LiveConsumer? consumer) is { } error) return Refuse(request, error);
        if (await ConsumerInfos.TryDescribeAsync(consumer!).ConfigureAwait(false) is not { } snapshot) return Refuse(request, ApiErrors.ConsumerNotFound);
        return ApiAnswers.Success(request.Route.Type, json => Write(json, consumer!, snapshot));
    }

    private async ValueTask<ApiAnswer?> DeleteAsync(ApiRequest request)
    {
        if (ApiRouter.CheckAccess(request) is { } denied) return Refuse(request, denied);
        if (!request.IsEmpty) return Refuse(request, ApiErrors.NotEmptyRequest);
        if (request.Streams!.Find(request.StreamName) is not { } stream) return DeleteInert(request);
        return await stream.Consumers.DeleteAsync(request.ConsumerName).ConfigureAwait(false) is { } error ? Refuse(request, error) : ApiAnswers.Done(request.Route.Type);
    }

    // Compat: the answer is that it is done, and nothing is.
    private static ApiAnswer DeleteInert(ApiRequest request)
    {
        if (request.Streams!.FindInert(request.StreamName) is not { } stream) return Refuse(request, ApiErrors.StreamNotFound);
        return stream.Find(request.ConsumerName) is null ? Refuse(request, ApiErrors.ConsumerNotFound) : ApiAnswers.Done(request.Route.Type);
    }

    private async ValueTask<ApiAnswer?> PauseAsync(ApiRequest request)
    {
        if (!bodies.TryReadOptional(request, ConsumerPauseRequest.Body, new ConsumerPauseRequest(), out ConsumerPauseRequest? body, out ApiAnswer? refusal)) return refusal;
        if (ApiRouter.CheckAccess(request) is { } denied) return Refuse(request, denied);
        if (request.Streams!.Find(request.StreamName) is not { } stream)
            return request.Streams.FindInert(request.StreamName) is null ? Refuse(request, ApiErrors.StreamNotFound) : null;
        GoTime until = body.Until with { OffsetMinutes = 0 };
        return await stream.Consumers.PauseAsync(request.ConsumerName, until.IsZero ? null : until).ConfigureAwait(false) is { } error
            ? Refuse(request, error)
            : ApiAnswers.Success(request.Route.Type, json => WritePause(json, until));
    }

    private void WritePause(Utf8JsonWriter json, GoTime until)
    {
        long remaining = Math.Max(0, until.NanosecondsSince(GoTime.From(server.Time.GetUtcNow())));
        json.WriteBoolean("paused"u8, remaining > 0);
        json.WriteTime("pause_until"u8, until);
        json.WriteUnlessZero("pause_remaining"u8, remaining);
    }

    private async ValueTask<ApiAnswer?> UnpinAsync(ApiRequest request)
    {
        if (request.NeedsNewerApi) return Refuse(request, ApiErrors.RequiredApiLevel);
        ConsumerUnpinRequest body = ConsumerUnpinRequest.Body.ReadWhole(request.Payload, new ConsumerUnpinRequest(), out string? syntax);
        if (syntax is null && body.Group.Length == 0) syntax = "consumer group not specified";
        if (syntax is not null) return Refuse(request, ApiErrors.InvalidJSON.With(("{err}", syntax)));
        if (!ConsumerConfigRules.IsGroupName(body.Group)) return Refuse(request, ApiErrors.ConsumerInvalidGroupName);
        if (request.Streams is null) return Refuse(request, ApiErrors.NotEnabledForAccount);
        if (request.Streams.FindInert(request.StreamName) is not null) return null;
        if (Find(request, out LiveConsumer? consumer) is { } error) return Refuse(request, error);
        try
        {
            return await consumer!.UnpinAsync(body.Group).ConfigureAwait(false)
                ? ApiAnswers.Success(request.Route.Type, static _ => { })
                : Refuse(request, ApiErrors.ConsumerInvalidPriorityGroup);
        }
        catch (ConsumerGoneException)
        {
            return Refuse(request, ApiErrors.ConsumerNotFound);
        }
    }

    // Compat: nats-server's consumers answer this themselves: no consumer, no answer, and it is neither counted nor audited.
    private async ValueTask<ApiAnswer?> ResetAsync(ApiRequest request)
    {
        if (request.Reply.Length == 0 || request.Streams?.Find(request.StreamName)?.Consumers.Find(request.ConsumerName) is not { } consumer) return null;
        if (request.NeedsNewerApi) return NotReset(request, ApiErrors.RequiredApiLevel);
        var body = new ConsumerResetRequest();
        if (request.Payload.Length > 0)
        {
            body = ConsumerResetRequest.Body.ReadWhole(request.Payload, body, out string? syntax);
            if (syntax is not null) return NotReset(request, ApiErrors.InvalidJSON.With(("{err}", syntax)));
        }

        try
        {
            ResetOutcome outcome = await consumer.ResetAsync(body.Sequence).ConfigureAwait(false);
            if (outcome.Error is { } error) return NotReset(request, ApiErrors.ConsumerInvalidReset.With(("{err}", error)));
            ConsumerSnapshot snapshot = await consumer.DescribeAsync().ConfigureAwait(false);
            ApiAnswer answer = ApiAnswers.Success(
                request.Route.Type,
                json =>
                {
                    Write(json, consumer, snapshot);
                    json.WriteNumber("reset_seq"u8, outcome.Sequence);
                },
                isCounted: false);
            return HeaderLookup.IndexOf(request.Headers, StreamIdentity.Header) >= 0 ? answer with { Headers = StreamIdentity.HeadersOf(consumer.Stream) } : answer;
        }
        catch (ConsumerGoneException)
        {
            return null;
        }
    }

    private static ApiAnswer NotReset(ApiRequest request, ApiError error) => Refuse(request, error) with { IsCounted = false };

    private static ApiError? Find(ApiRequest request, out LiveConsumer? consumer)
    {
        consumer = null;
        if (request.Streams!.Find(request.StreamName) is { } stream)
        {
            consumer = stream.Consumers.Find(request.ConsumerName);
            return consumer is null ? ApiErrors.ConsumerNotFound : null;
        }

        if (request.Streams.FindInert(request.StreamName) is not { } inert) return ApiErrors.StreamNotFound;
        return inert.Find(request.ConsumerName) is { } found ? ApiErrors.ConsumerOfflineReason.With(("{err}", found.Reason)) : ApiErrors.ConsumerNotFound;
    }

    private void Write(Utf8JsonWriter json, LiveConsumer consumer, ConsumerSnapshot snapshot) =>
        ConsumerInfos.Write(json, consumer, snapshot, ConsumerVersions.ToTell(snapshot.Config, ServerVersion.Compatible), server.Time.GetUtcNow());

    private static ApiAnswer Refuse(ApiRequest request, ApiError error) => ApiAnswers.Error(request.Route, error);
}
