using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using DotNats.Protocol;

namespace DotNats.Client.Wire;

/// <summary>Writes CONNECT.</summary>
internal static class ConnectLine
{
    /// <summary><c>CONNECT {json}</c> CR LF.</summary>
    public static ReadOnlySpan<byte> Write(NatsConnectionOptions options, NatsCredentials? credentials, ServerInfo info, bool isTls)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write("CONNECT "u8);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("verbose"u8, false);
            json.WriteBoolean("pedantic"u8, false);
            json.WriteBoolean("tls_required"u8, isTls);
            json.WriteBoolean("echo"u8, options.Echo);
            json.WriteBoolean("headers"u8, info.Headers);
            json.WriteBoolean("no_responders"u8, info.Headers);
            json.WriteNumber("protocol"u8, 1);
            json.WriteString("lang"u8, "dotnats"u8);
            json.WriteString("version"u8, ClientVersion.Own);
            WriteIfSet(json, "name"u8, options.Name);
            if (credentials is not null) WriteCredentials(json, credentials, info.Nonce);
            json.WriteEndObject();
        }

        buffer.Write("\r\n"u8);
        return buffer.WrittenSpan;
    }

    private static void WriteCredentials(Utf8JsonWriter json, NatsCredentials credentials, string? nonce)
    {
        WriteIfSet(json, "user"u8, credentials.User);
        WriteIfSet(json, "pass"u8, credentials.Password);
        WriteIfSet(json, "auth_token"u8, credentials.AuthToken);
        WriteIfSet(json, "nkey"u8, credentials.PublicKey);
        WriteIfSet(json, "jwt"u8, credentials.UserJwt);
        WriteIfSet(json, "sig"u8, credentials.Sign(nonce));
    }

    private static void WriteIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
