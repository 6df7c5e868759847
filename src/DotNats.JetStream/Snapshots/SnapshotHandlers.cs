using System.Text;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Api;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>Requests to back a stream up and to restore one.</summary>
// Previous stop: ApiRouter. Next stops: SnapshotSender and StreamRestore, run by Transfers.
internal sealed class SnapshotHandlers(ServerCore server, JetStreamService service, ApiBodies bodies)
{
    private readonly Nuid _ids = new();

    public IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute(ApiSubjects.StreamSnapshot, ApiAnswers.TypePrefix + "stream_snapshot_response", Snapshot);
        yield return new ApiRoute(ApiSubjects.StreamRestore, ApiAnswers.TypePrefix + "stream_restore_response", Restore)
        {
            RefusalMembers = static json => json.WriteString("deliver_subject"u8, ""),
        };
    }

    private ValueTask<ApiAnswer?> Snapshot(ApiRequest request)
    {
        string type = request.Route.Type;
        if (request.IsEmpty) return new(ApiAnswers.Error(type, ApiErrors.BadRequest));
        if (request.Streams!.Find(request.StreamName) is not { } stream) return new(ApiAnswers.Error(type, ApiErrors.StreamNotFound));
        if (!bodies.TryRead(request, SnapshotRequest.Body, new SnapshotRequest(), out SnapshotRequest? body, out ApiAnswer? refusal)) return new(refusal);
        if (!Subjects.IsValidLiteral(Encoding.UTF8.GetBytes(body.DeliverSubject)) || body.DeliverSubject.AsSpan().ContainsAny(" \t\r\n\f")) return new(ApiAnswers.Error(type, ApiErrors.SnapshotDeliverSubjectInvalid));
        return SnapshotAsync(request, stream, body);
    }

    private async ValueTask<ApiAnswer?> SnapshotAsync(ApiRequest request, LiveStream stream, SnapshotRequest body)
    {
        SnapshotLog.Starting(server.Logger, body.Checks ? "health check and snapshot" : "snapshot", stream.Account.Name, stream.Name);
        DateTimeOffset start = server.Time.GetUtcNow();
        IReadOnlyList<ConsumerBackup> consumers = body.NoConsumers ? [] : await ConsumerBackups.OfAsync(stream).ConfigureAwait(false);
        LogState state = stream.Log.State;
        StreamConfig config = stream.Config;
        int count = body.NoConsumers ? stream.Consumers.PublicCount : consumers.Count;
        byte[] told = ApiJson.Write((state, count), static (json, told) => StreamInfos.WriteState(json, told.state, told.count, default));
        ApiAnswer answer = ApiAnswers.Success(request.Route.Type, json =>
        {
            json.WritePropertyName("config"u8);
            StreamConfigJson.Write(json, config);
            json.WritePropertyName("state"u8);
            json.WriteRawValue(told);
        });
        var archive = new StreamArchive(stream.Log, state, consumers, StreamClock.Now(server.Time));
        return answer with { Sent = () => service.Transfers.Start(token => SendAsync(request.Requestor, stream, body, archive, told, start, token)) };
    }

    private async Task SendAsync(
        Requestor? requestor, LiveStream stream, SnapshotRequest body, StreamArchive archive, byte[] state, DateTimeOffset start, CancellationToken cancellationToken)
    {
        string? failure;
        service.Advisories.SnapshotStarted(stream.Account, stream.Name, requestor, state);
        try
        {
            failure = await new SnapshotSender(server, stream, body, _ids.Next()).SendAsync(archive, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            failure = "server is stopping";
        }
        catch (Exception exception)
        {
            SnapshotLog.Broken(server.Logger, exception, stream.Account.Name, stream.Name);
            failure = "internal error";
        }

        DateTimeOffset end = server.Time.GetUtcNow();
        service.Advisories.SnapshotCompleted(stream.Account, stream.Name, requestor, start, end, failure);
        string took = GoDuration.Format(end - start);
        if (failure is null) SnapshotLog.Completed(server.Logger, JetStreamBanner.FriendlyBytes((long)stream.Log.State.Bytes), stream.Account.Name, stream.Name, took);
        else SnapshotLog.Failed(server.Logger, stream.Account.Name, stream.Name, took, failure);
    }

    private ValueTask<ApiAnswer?> Restore(ApiRequest request)
    {
        JetStreamAccount account = request.Streams!;
        if (request.IsEmpty) return new(ApiAnswers.Error(request.Route, ApiErrors.BadRequest));
        if (!bodies.TryRead(request, RestoreRequest.Body, new RestoreRequest(), out RestoreRequest? body, out ApiAnswer? refusal)) return new(refusal);
        ConfigVerdict verdict = RestoreRules.Judge(body.Config, request.StreamName, account.Describe(server.Options));
        if (verdict.Config is not { } config) return new(ApiAnswers.Error(request.Route, verdict.Error!));
        if (RestorePlaces.TryTake(account.Restores, service.Transfers.Places) is not { } place) return new(ApiAnswers.Error(request.Route, ApiErrors.StreamTooManyRequests));
        string subject = $"$JS.SNAPSHOT.RESTORE.{config.Name}.{_ids.Next()}";
        StreamRestore restore = Begin(account, config, request.Requestor, subject, place);
        if (!service.Transfers.Start(restore.RunAsync, restore)) return new(ApiAnswers.Error(request.Route, ApiErrors.NotEnabled));
        return new(ApiAnswers.Success(request.Route.Type, json => json.WriteString("deliver_subject"u8, subject)));
    }

    private StreamRestore Begin(JetStreamAccount account, StreamConfig config, Requestor? requestor, string subject, RestorePlace place)
    {
        try
        {
            return new StreamRestore(server, account, config, requestor, subject, place);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }
}
