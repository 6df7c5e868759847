using System.Globalization;
using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Api;

/// <summary>Requests for one message, and to remove one.</summary>
internal sealed class MessageHandlers(ApiBodies bodies)
{
    public IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute(ApiSubjects.MessageGet, ApiAnswers.TypePrefix + "stream_msg_get_response", Get) { StreamToken = 5 };
        yield return new ApiRoute(ApiSubjects.MessageDelete, ApiAnswers.TypePrefix + "stream_msg_delete_response", DeleteAsync) { StreamToken = 5 };
    }

    private ValueTask<ApiAnswer?> Get(ApiRequest request)
    {
        if (request.IsEmpty) return Refuse(request, ApiErrors.BadRequest);
        if (!bodies.TryRead(request, MessageGetRequest.Body, new MessageGetRequest(), out MessageGetRequest? body, out ApiAnswer? refusal)) return new(refusal);
        if (body.Batch > 0 || body.MaxBytes > 0 || IsContradiction(body)) return Refuse(request, ApiErrors.BadRequest);
        if (request.Streams!.Find(request.StreamName) is not { } stream)
        {
            // Compat: a stream that needs a newer server says nothing.
            return request.Streams.FindInert(request.StreamName) is null ? Refuse(request, ApiErrors.StreamNotFound) : default;
        }

        var message = new MessageBuffer();
        if (Read(stream.Log, body, message) != ReadStatus.Found) return Refuse(request, ApiErrors.NoMessageFound);
        return new(ApiAnswers.Success(request.Route.Type, json =>
        {
            json.WriteStartObject("message"u8);
            json.WriteString("subject"u8, message.Subject);
            json.WriteNumber("seq"u8, message.Sequence);
            if (!message.Headers.IsEmpty && !body.NoHeaders) json.WriteBase64String("hdrs"u8, message.Headers);
            if (!message.Payload.IsEmpty) json.WriteBase64String("data"u8, message.Payload);
            json.WriteString("time"u8, GoTime.FromUnixNanoseconds(message.Timestamp).ToString());
            json.WriteEndObject();
        }, isCounted: false));
    }

    private static bool IsContradiction(MessageGetRequest body)
    {
        bool hasSequence = body.Sequence > 0, hasLast = body.LastFor.Length > 0, hasNext = body.NextFor.Length > 0, hasTime = body.StartTime is not null;
        return (hasSequence && hasLast) || (!hasSequence && !hasLast && !hasNext && !hasTime) || (hasSequence && hasTime) || (hasTime && hasLast) || (hasLast && hasNext);
    }

    private static ReadStatus Read(IMessageLog log, MessageGetRequest body, MessageBuffer message)
    {
        ulong from = body.StartTime is { } time ? log.FirstSequenceSince(time.UnixNanoseconds) : body.Sequence;
        if (body.NextFor.Length > 0) return log.TryReadNext(from, new SubjectFilters(body.NextFor), message);
        return from > 0 ? log.TryRead(from, message) : log.TryReadLast(Encoding.UTF8.GetBytes(body.LastFor), message);
    }

    private async ValueTask<ApiAnswer?> DeleteAsync(ApiRequest request)
    {
        string type = request.Route.Type;
        if (request.IsEmpty) return ApiAnswers.Error(type, ApiErrors.BadRequest);
        if (!bodies.TryRead(request, MessageDeleteRequest.Body, new MessageDeleteRequest(), out MessageDeleteRequest? body, out ApiAnswer? refusal)) return refusal;
        if (request.Streams!.Find(request.StreamName) is not { } stream) return ApiAnswers.Error(type, ApiErrors.StreamNotFound);
        if (stream.Config.Sealed) return ApiAnswers.Error(type, ApiErrors.StreamSealed);
        if (stream.Config.DenyDelete) return ApiAnswers.Error(type, ApiErrors.StreamMsgDeleteFailed.With(("{err}", "message delete not permitted")));
        try
        {
            bool removed = await stream.RunAsync(new RemoveCommand(body.Sequence, erase: !body.NoErase)).ConfigureAwait(false);
            // Compat: counted as no error.
            return removed ? ApiAnswers.Done(type) : ApiAnswers.Failure(type, MissingOf(stream, body.Sequence));
        }
        catch (StreamGoneException)
        {
            return ApiAnswers.Error(type, ApiErrors.StreamNotFound);
        }
    }

    // Compat: nats-server's file store has other words for what was never stored, and for what lies before the first message.
    private static ApiError MissingOf(LiveStream stream, ulong sequence)
    {
        LogState state = stream.Log.State;
        if (stream.Config.Storage == StorageType.File && (sequence < state.FirstSequence || sequence == 0 || sequence > state.LastSequence))
            return ApiErrors.StreamMsgDeleteFailed.With(("{err}", sequence <= state.LastSequence ? "no message found" : "stream store EOF"));
        return ApiErrors.SequenceNotFound.With(("{seq}", sequence.ToString(CultureInfo.InvariantCulture)));
    }

    private static ValueTask<ApiAnswer?> Refuse(ApiRequest request, ApiError error) => new(ApiAnswers.Error(request.Route.Type, error));
}
