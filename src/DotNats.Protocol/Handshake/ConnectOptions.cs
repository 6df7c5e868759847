using System.Text;
using System.Text.Json;

namespace DotNats.Protocol;

/// <summary>The JSON of <c>CONNECT</c>: what a client says of itself. Missing fields have nats-server's defaults.</summary>
public sealed record ConnectOptions
{
    public bool Verbose { get; set; } = true;

    public bool Pedantic { get; set; } = true;

    public bool TlsRequired { get; set; }

    /// <summary>False keeps a connection's own messages away from its subscriptions.</summary>
    public bool Echo { get; set; } = true;

    /// <summary>0 or 1; 1 understands INFO at any time.</summary>
    public int Protocol { get; set; }

    public string? Language { get; set; }

    public string? Version { get; set; }

    public string? Name { get; set; }

    public bool Headers { get; set; }

    public bool NoResponders { get; set; }

    public string? User { get; set; }

    public string? Password { get; set; }

    public string? Token { get; set; }

    public string? Jwt { get; set; }

    public string? NKey { get; set; }

    public string? Signature { get; set; }

    public string? ProxySignature { get; set; }

    /// <summary>Compat: an account a client names itself is refused since nats-server 2.</summary>
    public string? Account { get; set; }

    public bool NewAccount { get; set; }

    /// <summary>Reads the argument of CONNECT into <paramref name="options"/>; false where it is not the JSON nats-server would take.</summary>
    /// <remarks>Compat: names match whatever their case, null leaves a field alone, a wrong type is an error, unknown names are skipped.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> json, ConnectOptions options)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!.ToLowerInvariant();
                if (!reader.Read() || !options.TrySet(name, ref reader)) return false;
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or DecoderFallbackException or FormatException)
        {
            return false;
        }
    }

    private bool TrySet(string name, ref Utf8JsonReader reader)
    {
        if (name == "protocol") return TrySetProtocol(ref reader);
        if (name is not ("verbose" or "pedantic" or "tls_required" or "echo" or "headers" or "no_responders" or "new_account"))
            return TrySetText(name, ref reader);
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return false;
        bool value = reader.TokenType == JsonTokenType.True;
        switch (name)
        {
            case "verbose": Verbose = value; break;
            case "pedantic": Pedantic = value; break;
            case "tls_required": TlsRequired = value; break;
            case "echo": Echo = value; break;
            case "headers": Headers = value; break;
            case "no_responders": NoResponders = value; break;
            default: NewAccount = value; break;
        }

        return true;
    }

    private bool TrySetProtocol(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int value)) return false;
        Protocol = value;
        return true;
    }

    private bool TrySetText(string name, ref Utf8JsonReader reader)
    {
        bool known = name is "lang" or "version" or "name" or "user" or "pass" or "auth_token" or "jwt" or "nkey" or "sig" or "proxy_sig" or "account";
        if (!known)
        {
            reader.Skip();
            return true;
        }

        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.String) return false;
        string value = reader.GetString()!;
        switch (name)
        {
            case "lang": Language = value; break;
            case "version": Version = value; break;
            case "name": Name = value; break;
            case "user": User = value; break;
            case "pass": Password = value; break;
            case "auth_token": Token = value; break;
            case "jwt": Jwt = value; break;
            case "nkey": NKey = value; break;
            case "sig": Signature = value; break;
            case "proxy_sig": ProxySignature = value; break;
            default: Account = value; break;
        }

        return true;
    }
}
