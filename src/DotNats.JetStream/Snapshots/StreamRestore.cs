using DotNats.JetStream.Accounts;
using DotNats.JetStream.Api;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.InternalClients;
using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>Restores one stream: takes chunks, has them read, makes the stream, tells the outcome.</summary>
// Owner: Transfers. Lifetime: from the answer that names the subject to the outcome, or until the sender is silent for too long.
internal sealed class StreamRestore : IDisposable
{
    private readonly ServerCore _server;
    private readonly JetStreamAccount _account;
    private readonly StreamConfig _config;
    private readonly Requestor? _requestor;
    private readonly RestorePlace _place;
    private readonly ChunkReceiver _chunks;
    private readonly DateTimeOffset _start;

    /// <param name="config">Judged and complete.</param>
    /// <param name="subject">Where chunks are expected from now on.</param>
    /// <param name="place">Given back when it is disposed.</param>
    public StreamRestore(ServerCore server, JetStreamAccount account, StreamConfig config, Requestor? requestor, string subject, RestorePlace place)
    {
        (_server, _account, _config, _requestor, _place) = (server, account, config, requestor, place);
        _start = server.Time.GetUtcNow();
        SnapshotLog.Starting(server.Logger, "restore", account.Name, config.Name);
        Service.Advisories.RestoreStarted(account.Account, config.Name, requestor);
        _chunks = new ChunkReceiver(server, account.Account, Service.Transfers.Waiting, subject, $"restore for stream '{account.Name} > {config.Name}'");
    }

    private JetStreamService Service => _account.Service;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Outcome outcome = await ReadAsync(cancellationToken).ConfigureAwait(false);
            ChangeResult result;
            // Whoever hears of a failure finds nothing left of it.
            await using (outcome.ConfigureAwait(false))
                result = outcome.Error ?? await Service.Changes.AdoptAsync(_account, outcome.Stream!).ConfigureAwait(false);
            Tell(result);
        }
        catch (StalledException)
        {
            // Compat: nobody is told; there may be nobody.
            SnapshotLog.RestoreStalled(_server.Logger, _account.Name, _config.Name);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception exception)
        {
            SnapshotLog.Broken(_server.Logger, exception, _account.Name, _config.Name);
        }
    }

    public void Dispose()
    {
        try
        {
            _chunks.Dispose();
        }
        finally
        {
            _place.Dispose();
        }
    }

    // Up to the sender's end, whatever comes of it.
    private async Task<Outcome> ReadAsync(CancellationToken cancellationToken)
    {
        var room = new RestoreRoom(_server, _account, _config);
        RestoredStream? stream = null;
        try
        {
            ApiError? error = null;
            try
            {
                stream = await ReadArchiveAsync(room, cancellationToken).ConfigureAwait(false);
                await _chunks.DrainAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (ErrorOf(exception) is { } told)
            {
                error = told;
                await DrainAsync(cancellationToken).ConfigureAwait(false);
            }

            return new Outcome(stream, room, error);
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync().ConfigureAwait(false);
            room.Dispose();
            throw;
        }
    }

    // One that broke the rules is heard no more.
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _chunks.DrainAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TransferException exception) when (exception is not StalledException)
        {
            _chunks.Dispose();
        }
    }

    private async Task<RestoredStream> ReadArchiveAsync(RestoreRoom room, CancellationToken cancellationToken)
    {
        using var content = new S2ReadStream(_chunks);
        using var pieces = new PieceReader(content);
        try
        {
            if (!await pieces.HoldAsync(ArchiveFormat.Magic.Length, cancellationToken).ConfigureAwait(false))
                throw new TransferException(pieces.Held.IsEmpty ? "EOF" : "unexpected EOF");
            return pieces.Held.StartsWith(ArchiveFormat.Magic)
                ? await new ArchiveRestore(_server, _account, _config, room, new ArchiveReader(pieces)).ReadAsync(cancellationToken).ConfigureAwait(false)
                : await new TarRestore(_server, _account, _config, room, new TarReader(pieces)).ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            // Compat: what nats-server's S2 says of bytes that are none, of a stream that was cut, and of one whose parts are not in their places.
            throw new TransferException(content.HasWrongChecksum ? "s2: corrupt input, crc mismatch" : "s2: corrupt input");
        }
    }

    private ApiError? ErrorOf(Exception exception)
    {
        switch (exception)
        {
            case StalledException:
                return null;
            case TransferException transfer:
                return transfer.Error ?? Failed(transfer.Message);
            case ArchiveException archive:
                return Failed(archive.Message);
            case IOException disk:
                SnapshotLog.DiskRefused(_server.Logger, _account.Name, _config.Name, disk.Message);
                return Failed(disk is DiskFullException ? "no space left on device" : "storage error");
            default:
                return null;
        }
    }

    private void Tell(ChangeResult result)
    {
        DateTimeOffset end = _server.Time.GetUtcNow();
        Service.Advisories.RestoreCompleted(_account.Account, _config.Name, _requestor, _start, end, _chunks.Received);
        string size = JetStreamBanner.FriendlyBytes(_chunks.Received), took = GoDuration.Format(end - _start);
        const string type = ApiAnswers.TypePrefix + "stream_create_response";
        ApiAnswer answer;
        if (result.Stream is { } stream)
        {
            SnapshotLog.Restored(_server.Logger, size, _account.Name, _config.Name, took);
            StreamConfig shown = StreamVersions.ToTell(stream.Config, ServerVersion.Compatible);
            answer = ApiAnswers.Success(type, json => StreamInfos.WriteRestored(json, stream, shown, end));
        }
        else
        {
            SnapshotLog.RestoreFailed(_server.Logger, size, _account.Name, _config.Name, took, result.Error!.Description);
            answer = ApiAnswers.Error(type, result.Error!);
        }

        if (_chunks.EndReply.Length > 0) InternalPublisher.Publish(_server, _account.Account, _chunks.EndReply, default, default, answer.Json);
    }

    private static ApiError Failed(string why) => ApiErrors.StreamRestore.With(("{err}", why));

    // Either a stream that nobody uses yet, or why there is none.
    private sealed record Outcome(RestoredStream? Stream, RestoreRoom Room, ApiError? Error) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (Stream is not null) await Stream.DisposeAsync().ConfigureAwait(false);
            Room.Dispose();
        }
    }
}
