using System.Text.Json;
using DotNats.Protocol;

namespace DotNats.Client.Wire;

/// <summary>Reads the JSON of INFO. Pure.</summary>
internal static class ServerInfoReader
{
    /// <summary>Unknown members are skipped, absent ones keep their default.</summary>
    /// <exception cref="NatsException">The text is no JSON object, or a known member has another type.</exception>
    public static ServerInfo Read(ReadOnlySpan<byte> json)
    {
        var info = new ServerInfo { ServerId = "", ServerName = "", Version = "", Runtime = "", Host = "", Protocol = 0 };
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new NatsException("The server's INFO is no JSON object.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null) continue;
                info = With(info, name, ref reader);
            }

            return info;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new NatsException("The server's INFO cannot be read.", exception);
        }
    }

    private static ServerInfo With(ServerInfo info, string name, ref Utf8JsonReader reader) => name switch
    {
        "server_id" => info with { ServerId = reader.GetString()! },
        "server_name" => info with { ServerName = reader.GetString()! },
        "version" => info with { Version = reader.GetString()! },
        "git_commit" => info with { GitCommit = reader.GetString() },
        "go" => info with { Runtime = reader.GetString()! },
        "host" => info with { Host = reader.GetString()! },
        "client_ip" => info with { ClientIp = reader.GetString() },
        "nonce" => info with { Nonce = reader.GetString() },
        "cluster" => info with { Cluster = reader.GetString() },
        "domain" => info with { Domain = reader.GetString() },
        "remote_account" => info with { RemoteAccount = reader.GetString() },
        "xkey" => info with { CurveKey = reader.GetString() },
        "proto" => info with { Protocol = reader.GetInt32() },
        "port" => info with { Port = reader.GetInt32() },
        "max_payload" => info with { MaxPayloadBytes = (int)Math.Min(int.MaxValue, reader.GetInt64()) },
        "api_lvl" => info with { JetStreamApiLevel = reader.GetInt32() },
        "client_id" => info with { ClientId = reader.GetUInt64() },
        "connect_urls" => info with { ConnectUrls = ReadStrings(ref reader) },
        "ws_connect_urls" => info with { WebSocketConnectUrls = ReadStrings(ref reader) },
        _ => WithFlag(info, name, ref reader),
    };

    private static ServerInfo WithFlag(ServerInfo info, string name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "headers": return info with { Headers = reader.GetBoolean() };
            case "auth_required": return info with { AuthRequired = reader.GetBoolean() };
            case "tls_required": return info with { TlsRequired = reader.GetBoolean() };
            case "tls_verify": return info with { TlsVerify = reader.GetBoolean() };
            case "tls_available": return info with { TlsAvailable = reader.GetBoolean() };
            case "jetstream": return info with { JetStream = reader.GetBoolean() };
            case "cluster_dynamic": return info with { ClusterIsDynamic = reader.GetBoolean() };
            case "ldm": return info with { LameDuckMode = reader.GetBoolean() };
            case "connect_info": return info with { ConnectInfo = reader.GetBoolean() };
            case "acc_is_sys": return info with { IsSystemAccount = reader.GetBoolean() };
            default:
                reader.Skip();
                return info;
        }
    }

    private static string[] ReadStrings(ref Utf8JsonReader reader)
    {
        var values = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) values.Add(reader.GetString()!);
        return [.. values];
    }
}
