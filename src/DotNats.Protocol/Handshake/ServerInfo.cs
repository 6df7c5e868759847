using System.Text.Json;

namespace DotNats.Protocol;

/// <summary>The JSON of <c>INFO</c>: what a server says of itself to one connection. Fields and their order are nats-server's.</summary>
public sealed record ServerInfo
{
    /// <summary>Public server nkey (<c>N…</c>).</summary>
    public required string ServerId { get; init; }

    public required string ServerName { get; init; }

    /// <summary>nats-server release whose behaviour this server matches.</summary>
    public required string Version { get; init; }

    /// <summary>Protocol level; clients ask for async INFO only from servers of level 1 and above.</summary>
    public int Protocol { get; init; } = 1;

    public string? GitCommit { get; init; }

    /// <summary>Compat: clients expect the key <c>go</c>; it names the runtime.</summary>
    public required string Runtime { get; init; }

    public required string Host { get; init; }

    public int Port { get; init; }

    public bool Headers { get; init; }

    public bool AuthRequired { get; init; }

    public bool TlsRequired { get; init; }

    public bool TlsVerify { get; init; }

    public bool TlsAvailable { get; init; }

    /// <summary>Bytes of the largest message this connection may publish.</summary>
    public int MaxPayloadBytes { get; init; }

    public bool JetStream { get; init; }

    public ulong ClientId { get; init; }

    public string? ClientIp { get; init; }

    /// <summary>What an nkey holder has to sign; null where no nkey could be used.</summary>
    public string? Nonce { get; init; }

    public string? Cluster { get; init; }

    public bool ClusterIsDynamic { get; init; }

    public string? Domain { get; init; }

    public IReadOnlyList<string> ConnectUrls { get; init; } = [];

    public IReadOnlyList<string> WebSocketConnectUrls { get; init; } = [];

    public bool LameDuckMode { get; init; }

    /// <summary>True in the INFO that answers the first PING after CONNECT.</summary>
    public bool ConnectInfo { get; init; }

    public string? RemoteAccount { get; init; }

    public bool IsSystemAccount { get; init; }

    public int JetStreamApiLevel { get; init; }

    /// <summary>Public curve key (<c>X…</c>) for sealed auth callout requests.</summary>
    public string? CurveKey { get; init; }

    /// <summary>The whole line, <c>INFO {…}</c> CR LF.</summary>
    public byte[] ToProtocolLine()
    {
        using var writer = new InfoWriter();
        return writer.Write(this).ToArray();
    }

    internal void WriteFields(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("server_id"u8, ServerId);
        json.WriteString("server_name"u8, ServerName);
        json.WriteString("version"u8, Version);
        json.WriteNumber("proto"u8, Protocol);
        WriteIfSet(json, "git_commit"u8, GitCommit);
        json.WriteString("go"u8, Runtime);
        json.WriteString("host"u8, Host);
        json.WriteNumber("port"u8, Port);
        json.WriteBoolean("headers"u8, Headers);
        WriteIfTrue(json, "auth_required"u8, AuthRequired);
        WriteIfTrue(json, "tls_required"u8, TlsRequired);
        WriteIfTrue(json, "tls_verify"u8, TlsVerify);
        WriteIfTrue(json, "tls_available"u8, TlsAvailable);
        json.WriteNumber("max_payload"u8, MaxPayloadBytes);
        WriteIfTrue(json, "jetstream"u8, JetStream);
        if (ClientId != 0) json.WriteNumber("client_id"u8, ClientId);
        WriteIfSet(json, "client_ip"u8, ClientIp);
        WriteIfSet(json, "nonce"u8, Nonce);
        WriteIfSet(json, "cluster"u8, Cluster);
        WriteIfTrue(json, "cluster_dynamic"u8, ClusterIsDynamic);
        WriteIfSet(json, "domain"u8, Domain);
        WriteUrls(json, "connect_urls"u8, ConnectUrls);
        WriteUrls(json, "ws_connect_urls"u8, WebSocketConnectUrls);
        WriteIfTrue(json, "ldm"u8, LameDuckMode);
        WriteIfTrue(json, "connect_info"u8, ConnectInfo);
        WriteIfSet(json, "remote_account"u8, RemoteAccount);
        WriteIfTrue(json, "acc_is_sys"u8, IsSystemAccount);
        if (JetStreamApiLevel != 0) json.WriteNumber("api_lvl"u8, JetStreamApiLevel);
        WriteIfSet(json, "xkey"u8, CurveKey);
        json.WriteEndObject();
    }

    private static void WriteIfTrue(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value) json.WriteBoolean(name, true);
    }

    private static void WriteIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) json.WriteString(name, value);
    }

    private static void WriteUrls(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> urls)
    {
        if (urls.Count == 0) return;
        json.WriteStartArray(name);
        foreach (string url in urls) json.WriteStringValue(url);
        json.WriteEndArray();
    }
}
