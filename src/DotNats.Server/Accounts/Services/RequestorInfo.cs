using System.Buffers;
using System.Text.Json;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;

namespace DotNats.Server.Accounts;

/// <summary>What services are told of one client, as JSON, kept until something in it changes.</summary>
// Owner: the client's receive side, which alone publishes for it. Lifetime: the session's, until its next CONNECT.
internal sealed class RequestorInfo(ClientSession client)
{
    // One for each of who may be told what; a client's requests mostly go one way.
    private readonly Entry[] _entries = new Entry[4];

    /// <param name="detailed">The importing account shares who asks.</param>
    /// <param name="withServer">The service is told where the client is.</param>
    /// <param name="service">The account in between whose service was asked; null where there is none.</param>
    public ReadOnlySpan<byte> Json(bool detailed, bool withServer, string? service)
    {
        ref Entry entry = ref _entries[(detailed ? 2 : 0) + (withServer ? 1 : 0)];
        TimeSpan roundTrip = client.Pings.RoundTrip;
        if (entry.Json is { } kept && ReferenceEquals(entry.Account, client.Account) && entry.RoundTrip == roundTrip && entry.Service == service) return kept;
        entry = new Entry(client.Account, roundTrip, service, Write(detailed, withServer, service));
        return entry.Json;
    }

    private byte[] Write(bool detailed, bool withServer, string? service)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, ClientInfoWriter.Options)) ClientInfoWriter.Write(json, client, detailed, withServer, service);
        return buffer.WrittenSpan.ToArray();
    }

    private readonly record struct Entry(Account Account, TimeSpan RoundTrip, string? Service, byte[] Json);
}

/// <summary>A client as requests and measurements of services show it. Names, order and what is left out where empty are nats-server's.</summary>
internal static class ClientInfoWriter
{
    public static readonly JsonWriterOptions Options = new() { Encoder = GoJsonEncoder.Instance, SkipValidation = true };

    public static void Write(Utf8JsonWriter json, ClientSession client, bool detailed, bool withServer, string? service = null)
    {
        Connection connection = client.Connection;
        ConnectOptions options = client.Options;
        json.WriteStartObject();
        if (detailed)
        {
            json.WriteString("start"u8, connection.StartTime.UtcDateTime);
            Text(json, "host"u8, connection.RemoteIp);
            json.WriteNumber("id"u8, connection.Id);
        }

        Text(json, "acc"u8, client.Account.Name);
        Text(json, "svc"u8, service);
        if (detailed)
        {
            Text(json, "user"u8, client.Login.Identity?.DisplayName ?? CredentialNames.Raw(options.NKey, options.User, options.Token));
            Text(json, "name"u8, options.Name);
            Text(json, "lang"u8, options.Language);
            Text(json, "ver"u8, options.Version);
        }

        if (client.Pings.RoundTrip > TimeSpan.Zero) json.WriteNumber("rtt"u8, client.Pings.RoundTrip.Ticks * 100);
        if (withServer || detailed) WriteServer(json, connection.Server);
        if (detailed)
        {
            Text(json, "jwt"u8, options.Jwt);
            WriteClaims(json, client.Login.Identity);
            Text(json, "kind"u8, "Client");
            Text(json, "client_type"u8, client.ConnectionType == ConnectionTypes.WebSocket ? "websocket" : "nats");
        }

        json.WriteEndObject();
    }

    private static void WriteClaims(Utf8JsonWriter json, Identity? identity)
    {
        Text(json, "issuer_key"u8, identity?.IssuerKey);
        Text(json, "name_tag"u8, identity?.Claims?.Name);
        if (identity?.Claims?.Tags is not { Count: > 0 } tags) return;
        json.WriteStartArray("tags"u8);
        foreach (string tag in tags) json.WriteStringValue(tag);
        json.WriteEndArray();
    }

    public static void WriteServer(Utf8JsonWriter json, ServerCore server)
    {
        Text(json, "server"u8, server.Name);
        Text(json, "cluster"u8, server.Options.Cluster?.Name);
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) json.WriteString(name, value);
    }
}
