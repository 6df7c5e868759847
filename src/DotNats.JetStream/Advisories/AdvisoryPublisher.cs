using System.Text;
using System.Text.Json;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Api;
using DotNats.JetStream.Service;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.SystemAccount;

namespace DotNats.JetStream.Advisories;

/// <summary>Tells what happens to streams and consumers under <c>$JS.EVENT.ADVISORY</c> (wire reference section 9.7): made only where somebody listens.</summary>
// Owner: JetStreamService; any thread that holds no lock and is inside no batch.
internal sealed class AdvisoryPublisher(ServerCore server, JetStreamService service)
{
    private const string Prefix = "$JS.EVENT.ADVISORY.";
    /// <summary>Of what advisories call their type.</summary>
    public const string TypePrefix = "io.nats.jetstream.advisory.v1.";

    // Time between two log lines about the same shortage: nats-server's.
    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(10);

    private readonly Nuid _ids = new();
    private long _warnedAt = long.MinValue;

    /// <summary>Null for none.</summary>
    public string? Domain => string.IsNullOrEmpty(server.Options.JetStream.Domain) ? null : server.Options.JetStream.Domain;

    /// <summary>A request was answered.</summary>
    public void Audit(ApiRequest request, byte[] response) => Publish(request.Account, Prefix + "API", "api_audit", json =>
    {
        json.WriteString("server"u8, server.Name);
        WriteClient(json, request.Requestor);
        json.WriteString("subject"u8, request.Subject);
        if (request.Payload.Length > 0) json.WriteString("request"u8, request.Payload);
        json.WriteString("response"u8, response);
        if (Domain is { } domain) json.WriteString("domain"u8, domain);
    });

    public void StreamCreated(Account account, string stream) => StreamAction(account, stream, "CREATED", "create");

    public void StreamUpdated(Account account, string stream) => StreamAction(account, stream, "UPDATED", "modify");

    public void StreamDeleted(Account account, string stream) => StreamAction(account, stream, "DELETED", "delete");

    public void ConsumerCreated(Account account, string stream, string consumer) => ConsumerAction(account, stream, consumer, "CREATED", "create");

    public void ConsumerDeleted(Account account, string stream, string consumer) => ConsumerAction(account, stream, consumer, "DELETED", "delete");

    /// <summary>A backup begins.</summary>
    /// <param name="state">The stream's, as JSON.</param>
    public void SnapshotStarted(Account account, string stream, Requestor? requestor, byte[] state) =>
        Publish(account, $"{Prefix}STREAM.SNAPSHOT_CREATE.{stream}", "snapshot_create", json =>
        {
            json.WriteString("stream"u8, stream);
            json.WritePropertyName("state"u8);
            json.WriteRawValue(state);
            WriteClientAndDomain(json, requestor);
        });

    /// <summary>A backup has ended.</summary>
    /// <param name="error">Why it failed; null where it did not.</param>
    public void SnapshotCompleted(Account account, string stream, Requestor? requestor, DateTimeOffset start, DateTimeOffset end, string? error) =>
        Publish(account, $"{Prefix}STREAM.SNAPSHOT_COMPLETE.{stream}", "snapshot_complete", json =>
        {
            json.WriteString("stream"u8, stream);
            json.WriteTime("start"u8, GoTime.From(start));
            json.WriteTime("end"u8, GoTime.From(end));
            WriteClientAndDomain(json, requestor);
            if (error is not null) json.WriteString("error"u8, error);
        });

    /// <summary>A stream is going to be restored.</summary>
    public void RestoreStarted(Account account, string stream, Requestor? requestor) =>
        Publish(account, $"{Prefix}STREAM.RESTORE_CREATE.{stream}", "restore_create", json =>
        {
            json.WriteString("stream"u8, stream);
            WriteClientAndDomain(json, requestor);
        });

    /// <summary>A restore has ended, one way or the other.</summary>
    /// <param name="bytes">Of its archive.</param>
    public void RestoreCompleted(Account account, string stream, Requestor? requestor, DateTimeOffset start, DateTimeOffset end, long bytes) =>
        Publish(account, $"{Prefix}STREAM.RESTORE_COMPLETE.{stream}", "restore_complete", json =>
        {
            json.WriteString("stream"u8, stream);
            json.WriteTime("start"u8, GoTime.From(start));
            json.WriteTime("end"u8, GoTime.From(end));
            json.WriteNumber("bytes"u8, bytes);
            WriteClientAndDomain(json, requestor);
        });

    /// <summary>An atomic batch was given up.</summary>
    /// <param name="reason">nats-server's word.</param>
    // Compat: told in the system account too, where it names the account.
    public void BatchAbandoned(Account account, string stream, string batch, string reason)
    {
        BatchAbandoned(account, stream, batch, reason, named: null);
        BatchAbandoned(server.Accounts.System, stream, batch, reason, account.Name);
    }

    private void BatchAbandoned(Account? listener, string stream, string batch, string reason, string? named) =>
        Publish(listener, $"{Prefix}STREAM.BATCH_ABANDONED.{stream}", "stream_batch_abandoned", json =>
        {
            if (named is not null) json.WriteString("account"u8, named);
            json.WriteString("stream"u8, stream);
            if (Domain is { } domain) json.WriteString("domain"u8, domain);
            json.WriteString("batch"u8, batch);
            json.WriteString("reason"u8, reason);
        });

    /// <summary>The disk is full, or refuses to write.</summary>
    public void OutOfStorage(string? stream) => Publish(server.Accounts.System, Prefix + "SERVER.OUT_OF_STORAGE", "server_out_of_space", json =>
    {
        json.WriteString("server"u8, server.Name);
        json.WriteString("server_id"u8, server.Id);
        if (stream is not null) json.WriteString("stream"u8, stream);
        json.WriteString("cluster"u8, server.Options.Cluster?.Name ?? "");
        if (Domain is { } domain) json.WriteString("domain"u8, domain);
    });

    /// <summary>A request found no room in its queue of so many.</summary>
    public void OnRequestDropped(int waiting)
    {
        ApiLog.LimitReached(server.Logger, waiting);
        Publish(server.Accounts.System, Prefix + "API.LIMIT_REACHED", "api_limit_reached", json =>
        {
            json.WriteString("server"u8, server.Name);
            if (Domain is { } domain) json.WriteString("domain"u8, domain);
            json.WriteNumber("dropped"u8, 1);
        });
    }

    /// <summary>A message was refused because all streams together use what the server allows.</summary>
    public void OnServerFull(bool isMemory)
    {
        if (MayWarn()) ServiceLog.ServerFull(server.Logger, StorageName(isMemory));
    }

    /// <summary>A message was refused because its account uses what it may.</summary>
    public void OnAccountFull(JetStreamAccount account, bool isMemory)
    {
        if (MayWarn()) ServiceLog.AccountFull(server.Logger, StorageName(isMemory), account.Name);
    }

    private static string StorageName(bool isMemory) => isMemory ? "memory" : "file";

    private bool MayWarn()
    {
        long last = Volatile.Read(ref _warnedAt);
        if (last != long.MinValue && server.Time.GetElapsedTime(last) < WarningInterval) return false;
        return Interlocked.CompareExchange(ref _warnedAt, server.Time.GetTimestamp(), last) == last;
    }

    private void StreamAction(Account account, string stream, string what, string action) =>
        Publish(account, $"{Prefix}STREAM.{what}.{stream}", "stream_action", json =>
        {
            json.WriteString("stream"u8, stream);
            json.WriteString("action"u8, action);
            if (Domain is { } domain) json.WriteString("domain"u8, domain);
        });

    private void ConsumerAction(Account account, string stream, string consumer, string what, string action) =>
        Publish(account, $"{Prefix}CONSUMER.{what}.{stream}.{consumer}", "consumer_action", json =>
        {
            json.WriteString("stream"u8, stream);
            json.WriteString("consumer"u8, consumer);
            json.WriteString("action"u8, action);
            if (Domain is { } domain) json.WriteString("domain"u8, domain);
        });

    private void WriteClientAndDomain(Utf8JsonWriter json, Requestor? requestor)
    {
        WriteClient(json, requestor);
        if (Domain is { } domain) json.WriteString("domain"u8, domain);
    }

    // Compat: who asked is told as the API was told, but for what could be used in its name.
    private static void WriteClient(Utf8JsonWriter json, Requestor? requestor)
    {
        json.WriteStartObject("client"u8);
        if (requestor is not null)
        {
            using JsonDocument block = JsonDocument.Parse(requestor.Json);
            foreach (JsonProperty property in block.RootElement.EnumerateObject())
            {
                if (property.Name is not ("jwt" or "alts")) property.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    /// <summary>Publishes an advisory, or something of another prefix, where somebody listens.</summary>
    public void Publish(Account? account, string subject, string type, Action<Utf8JsonWriter> write, string prefix = TypePrefix)
    {
        if (account is null || !service.IsEnabled || !SystemServices.HasListeners(account, subject)) return;
        byte[] payload = ApiJson.Write((Id: _ids.Next(), Type: prefix + type, Time: server.Time.GetUtcNow().UtcDateTime, Write: write), static (json, advisory) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, advisory.Type);
            json.WriteString("id"u8, advisory.Id);
            json.WriteString("timestamp"u8, advisory.Time);
            advisory.Write(json);
            json.WriteEndObject();
        });
        InternalPublisher.Publish(server, account, Encoding.UTF8.GetBytes(subject), default, default, payload);
    }
}
