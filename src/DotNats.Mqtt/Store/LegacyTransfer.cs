using System.Text;
using System.Text.Json;
using DotNats.JetStream;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;

namespace DotNats.Mqtt.Store;

/// <summary>Takes over what older servers kept in other places: a stream for each session, and all retained messages under one subject.</summary>
// Owner: MqttAccount. Invariant: a record leaves its old place only after it is stored in the new one, or if nobody could read it.
internal sealed class LegacyTransfer(ServerCore server, MqttApi api, string domainToken) : IDisposable
{
    private const string OldSessionPrefix = "$MQTT_sess_";
    private const string OldRetainedSubject = "$MQTT.rmsgs";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetainedTime = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _end = new();

    /// <summary>Brings sessions into the new stream, now and again until it succeeds. Does not wait.</summary>
    public void BeginSessions() => _ = SessionsUntilDoneAsync();

    public void Dispose() => _end.Cancel();

    /// <summary>Gives each retained message a subject of its own; what fails is logged and left.</summary>
    public async Task RetainedAsync()
    {
        long start = server.Time.GetTimestamp();
        (int processed, int transferred) = (0, 0);
        while (true)
        {
            MqttAnswer message = await api.LoadNextAsync(MqttSubjects.Retained, OldRetainedSubject).ConfigureAwait(false);
            if (message.Is(ApiErrors.NoMessageFound)) break;
            if (message.Error is not null)
            {
                MqttStoreLog.Transfer(server.Logger, $"    Unable to transfer a retained message: failed to load from '{OldRetainedSubject}': {message.Error}");
                return;
            }

            if (await MoveRetainedAsync(message).ConfigureAwait(false)) transferred++;
            if (await api.DeleteAsync(MqttSubjects.Retained, message.Sequence).ConfigureAwait(false) is { Error: { } error })
            {
                MqttStoreLog.Transfer(server.Logger, $"    Unable to clean up the retained message with sequence {message.Sequence}: {error}");
                return;
            }

            processed++;
            TimeSpan elapsed = server.Time.GetElapsedTime(start);
            if (elapsed <= RetainedTime) continue;
            MqttStoreLog.Transferred(server.Logger, $"timed out while transferring retained messages from '{OldRetainedSubject}' after {GoDuration.Format(elapsed)}, {processed} processed, {transferred} successfully transferred");
            return;
        }

        if (processed > 0) MqttStoreLog.Transferred(server.Logger, $"Processed {processed} messages from '{OldRetainedSubject}', successfully transferred {transferred} in {GoDuration.Format(server.Time.GetElapsedTime(start))}");
    }

    private async Task<bool> MoveRetainedAsync(MqttAnswer message)
    {
        if (SubjectOf(message.Payload) is not { Length: > 0 } subject)
        {
            MqttStoreLog.Transfer(server.Logger, $"    Unable to unmarshal retained message with sequence {message.Sequence}, skipping");
            return false;
        }

        MqttAnswer stored = await api.StoreAsync(null, MqttSubjects.RetainedPrefix + subject, default, message.Payload).ConfigureAwait(false);
        if (stored.Error is null) return true;
        MqttStoreLog.Transfer(server.Logger, $"    Unable to transfer the retained message with sequence {message.Sequence}: {stored.Error}");
        return false;
    }

    private async Task SessionsUntilDoneAsync()
    {
        try
        {
            while (await SessionsAsync().ConfigureAwait(false) is { } error)
            {
                MqttStoreLog.Transfer(server.Logger, error);
                MqttStoreLog.Transfer(server.Logger, $"Failed to transfer all MQTT session streams, will try again in {GoDuration.Format(RetryDelay)}");
                await Task.Delay(RetryDelay, server.Time, _end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; the next start goes on.
        }
    }

    private async Task<string?> SessionsAsync()
    {
        MqttAnswer names = await api.CallAsync("SN", "STREAM.NAMES", default).ConfigureAwait(false);
        if (names.Error is not null) return $"Unable to transfer MQTT session streams: {names.Error}";
        List<string> old = [.. names.Streams.Where(static name => name.StartsWith(OldSessionPrefix, StringComparison.Ordinal))];
        if (old.Count == 0) return null;
        MqttStoreLog.Transferred(server.Logger, $"Transferring {old.Count} MQTT session streams...");
        foreach (string name in old)
        {
            MqttStoreLog.Transferred(server.Logger, $"  Transferring stream {GoQuote.Quote(name)} to \"{MqttSubjects.Sessions}\"");
            if (await MoveSessionAsync(name).ConfigureAwait(false) is { } error) return error;
        }

        MqttStoreLog.Transferred(server.Logger, $"Transfer of {old.Count} MQTT session streams done!");
        return null;
    }

    private async Task<string?> MoveSessionAsync(string stream)
    {
        MqttAnswer message = await api.LoadLastAsync(stream, stream).ConfigureAwait(false);
        if (message.Error is not null) return $"   Unable to load session record: {message.Error}";
        SessionRecord? record = SessionRecord.Read(message.Payload, out _);
        if (record is null)
        {
            MqttStoreLog.Transfer(server.Logger, "    Unable to unmarshal the content of this stream, may not be a legitimate MQTT session stream, skipping");
            return null;
        }

        string hash = MqttSubjects.Hash(record.ClientId);
        MqttAnswer stored = await api.StoreSessionAsync($"{MqttSubjects.SessionPrefix}{domainToken}{hash}", hash, default, message.Payload).ConfigureAwait(false);
        if (stored.Error is not null) return $"    Unable to transfer the session record: {stored.Error}";
        await api.CallAsync("SD", $"STREAM.DELETE.{stream}", default).ConfigureAwait(false);
        return null;
    }

    private static string? SubjectOf(byte[] record)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(record);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("subject", out JsonElement subject) ? subject.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
