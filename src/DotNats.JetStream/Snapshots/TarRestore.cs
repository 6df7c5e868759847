using System.Buffers;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Service;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>Reads a stream from the archive that nats-server made before 2.15: a tar of its files, neither encrypted nor compressed block by block.</summary>
/// <remarks>Files come under names that were judged before, in a directory aside; what is no file of a stream is passed over, and indexes are made anew.</remarks>
// Owner: one restore. Memory: a piece of a file, then what opening the log takes.
internal sealed class TarRestore(ServerCore server, JetStreamAccount account, StreamConfig config, RestoreRoom room, TarReader tar)
{
    private const int PieceBytes = 64 * 1024;

    // Blocks and states are read whole: what is larger is no server's.
    private const long MaxFileBytes = 512L * 1024 * 1024;
    private const long MaxMetaBytes = 4L * 1024 * 1024;

    private readonly StreamStores _stores = account.Service.Stores;
    private readonly HashSet<string> _consumers = new(StringComparer.Ordinal);
    private byte[]? _meta;

    /// <exception cref="TransferException">It cannot be restored.</exception>
    /// <exception cref="ArchiveException">It is damaged.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async Task<RestoredStream> ReadAsync(CancellationToken cancellationToken)
    {
        // Before anything is stored: two that read the same name to the end would do so for one.
        room.Claim();
        StagedStream staged = _stores.Stage(account.Name, config.Name);
        try
        {
            while (await tar.MoveNextAsync(cancellationToken).ConfigureAwait(false)) await ReadFileAsync(staged, cancellationToken).ConfigureAwait(false);
            GoTime created = CheckMeta();
            List<ConsumerBackup> consumers = CheckConsumers(staged);
            staged.Directory.WriteMeta(StreamStores.MetaOf(config, created));
            RestoredStream restored = await OpenAsync(staged, created).ConfigureAwait(false);
            restored.Consumers.AddRange(consumers);
            return restored;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    private async Task ReadFileAsync(StagedStream staged, CancellationToken cancellationToken)
    {
        if (!tar.IsFile) throw Unexpected();
        room.UseFiles(tar.Size);
        StoreFileName name = StoreFileName.Read(tar.Name);
        if (name.Kind == StoreFileKind.Refused || tar.Size > MaxFileBytes) throw Unexpected();
        if (name.Kind == StoreFileKind.StreamMeta)
        {
            _meta = _meta is null && tar.Size <= MaxMetaBytes ? new byte[tar.Size] : throw Unexpected();
            for (int at = 0; at < _meta.Length;) at += await tar.ReadAsync(_meta.AsMemory(at), cancellationToken).ConfigureAwait(false);
        }
        else if (name.Kind is StoreFileKind.Block or StoreFileKind.Consumer)
        {
            using IStorageFile file = staged.Create(name) ?? throw Unexpected();
            await CopyAsync(file, cancellationToken).ConfigureAwait(false);
            if (name.Kind == StoreFileKind.Consumer) _consumers.Add(name.Consumer);
        }
    }

    private async Task CopyAsync(IStorageFile file, CancellationToken cancellationToken)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            long at = 0;
            while (await tar.ReadAsync(piece, cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                file.Write(piece.AsSpan(0, read), at);
                at += read;
            }

            file.Sync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private GoTime CheckMeta()
    {
        if (_meta is null) throw new TransferException("open meta.inf: no such file or directory");
        StreamMeta meta = StreamConfigJson.ReadMeta(_meta, out string? error);
        if (error is not null) throw new TransferException(error);
        if (meta.Config.Name != config.Name) throw new TransferException("stream names do not match");
        if (RestoreRules.Recheck(config, account.Describe(server.Options)) is { } refused) throw new TransferException(refused);
        return meta.Created.IsZero ? GoTime.From(server.Time.GetUtcNow()) : meta.Created;
    }

    private List<ConsumerBackup> CheckConsumers(StagedStream staged)
    {
        var consumers = new List<ConsumerBackup>();
        foreach (string name in _consumers)
        {
            try
            {
                consumers.Add(ConsumerBackups.Judge(ConsumerBackups.Read(staged.Directory.Consumer(name)), config, consumers, account, server.Options));
            }
            catch (TransferException exception)
            {
                // Compat: of a file that is missing nats-server says no more than this.
                string why = exception.Message.EndsWith("is missing", StringComparison.Ordinal) ? "<nil>" : exception.Message;
                throw new TransferException($"error restoring consumer [{GoQuote.Quote(name)}]: {why}");
            }
        }

        return consumers;
    }

    // Opening finds out what the blocks have, and leaves an index that makes the next opening short.
    private async Task<RestoredStream> OpenAsync(StagedStream staged, GoTime created)
    {
        FileLog log = _stores.OpenStaged(staged, config, new RestoreListener());
        try
        {
            foreach (LogDamage damage in log.Damage)
                SnapshotLog.Damaged(server.Logger, account.Name, config.Name, damage.What, damage.Place, damage.FirstSequence, damage.LastSequence);
            if (config.Storage != StorageType.Memory) return new RestoredStream(staged, config, room, created);
            return await CopyToMemoryAsync(log, created).ConfigureAwait(false);
        }
        finally
        {
            await log.DisposeAsync().ConfigureAwait(false);
            if (config.Storage == StorageType.Memory) staged.Dispose();
        }
    }

    // Where the stream shall be in memory, though the archive has files. (nats-server makes an empty stream then.)
    private async Task<RestoredStream> CopyToMemoryAsync(FileLog log, GoTime created)
    {
        var restored = new RestoredStream(_stores, account.Name, config, room, created);
        var message = new MessageBuffer();
        LogState state = log.State;
        restored.Log!.SkipTo(Math.Max(1, state.FirstSequence) - 1);
        while (log.TryReadNext(restored.Log.State.LastSequence + 1, null, message) == ReadStatus.Found)
        {
            restored.Log.Append(new NewMessage
            {
                Sequence = message.Sequence, Timestamp = message.Timestamp, Subject = message.Subject, Headers = message.Headers, Payload = message.Payload,
            });
        }

        restored.Log.SkipTo(state.LastSequence);
        await restored.CompleteAsync().ConfigureAwait(false);
        return restored;
    }

    private TransferException Unexpected()
    {
        SnapshotLog.UnexpectedContent(server.Logger, account.Name, tar.Name);
        return new TransferException($"unexpected content (account={account.Name})");
    }
}
