using System.Globalization;
using System.Text;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>Reads a stream from nats-server's archive of messages (2.15). Nothing of it is seen before all of it was read and found good.</summary>
/// <remarks>Texts of errors are nats-server's.</remarks>
// Owner: one restore. Memory: one message, or one consumer.
internal sealed class ArchiveRestore(ServerCore server, JetStreamAccount account, StreamConfig config, RestoreRoom room, ArchiveReader archive)
{
    // What nobody's state or configuration reaches: nats-server reads whatever length a hostile archive gives.
    private const int MaxTextBytes = 128 * 1024 * 1024;

    private ulong _last;

    /// <exception cref="TransferException">It cannot be restored.</exception>
    /// <exception cref="ArchiveException">It is damaged.</exception>
    public async Task<RestoredStream> ReadAsync(CancellationToken cancellationToken)
    {
        BackupState state = await ReadStateAsync(cancellationToken).ConfigureAwait(false);
        if (RestoreRules.Recheck(config, account.Describe(server.Options)) is { } error) throw new TransferException(error);
        room.Claim();
        room.Take(state.Bytes);
        var now = GoTime.From(server.Time.GetUtcNow());
        var restored = new RestoredStream(account.Service.Stores, account.Name, config, room, now) { ErrorPrefix = "error adding stream: " };
        try
        {
            RestoreLog log = restored.Log!;
            _last = Math.Max(1, state.FirstSequence) - 1;
            log.BeginAt(_last + 1);
            for (long i = 0; i < state.Consumers; i++) restored.Consumers.Add(await ReadConsumerAsync(restored.Consumers, cancellationToken).ConfigureAwait(false));
            while (await ReadMessageAsync(log, now.UnixNanoseconds, cancellationToken).ConfigureAwait(false)) await log.SettleAsync().ConfigureAwait(false);
            log.SkipTo(state.LastSequence);
            await restored.CompleteAsync().ConfigureAwait(false);
            if (restored.Directory is { } directory) ConsumerBackups.Keep(restored.Consumers, directory, now);
            return restored;
        }
        catch
        {
            await restored.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<BackupState> ReadStateAsync(CancellationToken cancellationToken)
    {
        await NextAsync(cancellationToken).ConfigureAwait(false);
        if (!archive.Name.SequenceEqual("state.json"u8)) throw new TransferException("expected state.json first");
        ReadOnlyMemory<byte> text = await ReadTextAsync(cancellationToken).ConfigureAwait(false);
        BackupState state = BackupState.Body.ReadWhole(text.Span, new BackupState(), out string? error);
        return error is null ? state : throw new TransferException($"error in state.json: {error}");
    }

    private async Task<ConsumerBackup> ReadConsumerAsync(IReadOnlyList<ConsumerBackup> before, CancellationToken cancellationToken)
    {
        await NextAsync(cancellationToken).ConfigureAwait(false);
        string name = Encoding.UTF8.GetString(archive.Name);
        if (!name.StartsWith("consumers/", StringComparison.Ordinal)) throw new TransferException($"expected consumer, found {GoQuote.Quote(name)}");
        ReadOnlyMemory<byte> text = await ReadTextAsync(cancellationToken).ConfigureAwait(false);
        return ConsumerBackups.Judge(ConsumerBackup.Read(name["consumers/".Length..], text.Span), config, before, account, server.Options);
    }

    // False at the archive's end.
    private async Task<bool> ReadMessageAsync(RestoreLog log, long now, CancellationToken cancellationToken)
    {
        await NextAsync(cancellationToken).ConfigureAwait(false);
        ArchiveEntry entry = archive.Entry;
        if (entry.IsEnd) return false;
        Judge(entry);
        room.Use(SizeOf(entry));
        ReadOnlyMemory<byte> body = await archive.ReadBodyAsync(cancellationToken).ConfigureAwait(false);
        Store(log, entry, body.Span, now);
        _last = entry.Sequence;
        return true;
    }

    private void Judge(in ArchiveEntry entry)
    {
        if (entry.Sequence == 0) throw new TransferException("expected message sequence");
        if (entry.BodyLength > server.Options.Limits.MaxPayloadBytes) throw Refused(entry, "exceeds maximum payload size");
        if (config.MaxMessageSize >= 0 && entry.BodyLength > config.MaxMessageSize) throw Refused(entry, "exceeds maximum message size");
        if (entry.Sequence <= _last) throw Refused(entry, "out of order");
        // nats-server would store it, and could not deliver it.
        if (!Subjects.IsValidLiteral(archive.Name) || archive.Name.ContainsAny(" \t\r\n\f"u8)) throw Refused(entry, "has an invalid subject");
    }

    private void Store(RestoreLog log, in ArchiveEntry entry, ReadOnlySpan<byte> body, long now)
    {
        ReadOnlySpan<byte> headers = body[..(int)entry.HeadersLength];
        if (!MessageTtl.TryRead(HeaderLookup.Find(headers, "Nats-TTL"u8), out MessageTtl ttl))
            throw new TransferException($"failed to parse message TTL: {ApiErrors.MessageTTLInvalid}");
        // Compat: whose time is over keeps its number and nothing else.
        if (!ttl.IsNone && !ttl.IsNever && ttl.ExpiryOf(entry.Timestamp) < now)
        {
            log.SkipTo(entry.Sequence);
            return;
        }

        log.Append(new NewMessage { Sequence = entry.Sequence, Timestamp = entry.Timestamp, Subject = archive.Name, Headers = headers, Payload = body[headers.Length..] });
    }

    private long SizeOf(in ArchiveEntry entry) =>
        RoomRules.SizeOf(config.Storage == StorageType.File, archive.Name.Length, entry.HeadersLength, entry.BodyLength - entry.HeadersLength);

    private async Task NextAsync(CancellationToken cancellationToken)
    {
        // Without a mark at its end, an archive was cut.
        if (!await archive.MoveNextAsync(cancellationToken).ConfigureAwait(false)) throw new TransferException("EOF");
    }

    private ValueTask<ReadOnlyMemory<byte>> ReadTextAsync(CancellationToken cancellationToken) => archive.Entry.BodyLength <= MaxTextBytes
        ? archive.ReadBodyAsync(cancellationToken)
        : throw new TransferException("archive: invalid archive stream");

    private static TransferException Refused(in ArchiveEntry entry, string why) =>
        new(string.Create(CultureInfo.InvariantCulture, $"message sequence {entry.Sequence} {why}"));
}
