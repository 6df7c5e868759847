using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Protocol;

/// <summary>The JSON of <c>CONNECT</c>: what a client says of itself. Missing fields have nats-server's defaults.</summary>
public sealed record ConnectOptions
{
    // As deep as Go's decoder goes.
    private const int MaxDepth = 10_000;

    // remote_account
    private const int LongestName = 14;

    // What nats-server looks at, as its errors name it.
    private static readonly GoJsonShape LinkPermission =
        GoJsonShape.Struct("server.SubjectPermission", ("allow", GoJsonShape.Texts()), ("deny", GoJsonShape.Texts()));

    private static readonly GoJsonShape Shape = GoJsonShape.Struct(
        "server.ClientOpts",
        ("echo", GoJsonShape.Flag()), ("verbose", GoJsonShape.Flag()), ("pedantic", GoJsonShape.Flag()), ("tls_required", GoJsonShape.Flag()),
        ("headers", GoJsonShape.Flag()), ("no_responders", GoJsonShape.Flag()), ("new_account", GoJsonShape.Flag()), ("protocol", GoJsonShape.Number("int")),
        ("nkey", GoJsonShape.Text()), ("jwt", GoJsonShape.Text()), ("sig", GoJsonShape.Text()), ("proxy_sig", GoJsonShape.Text()),
        ("auth_token", GoJsonShape.Text()), ("user", GoJsonShape.Text()), ("pass", GoJsonShape.Text()), ("name", GoJsonShape.Text()),
        ("lang", GoJsonShape.Text()), ("version", GoJsonShape.Text()), ("account", GoJsonShape.Text()), ("remote_account", GoJsonShape.Text()),
        ("import", LinkPermission), ("export", LinkPermission));

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
    /// <remarks>
    /// Compat: names match whatever their case, null leaves a field (or all of them) alone, a wrong type is an error, unknown names are skipped,
    /// text that is no Unicode is mended.
    /// </remarks>
    public static bool TryParse(ReadOnlySpan<byte> json, ConnectOptions options)
    {
        try
        {
            var reader = new Utf8JsonReader(GoJsonText.Repair(json), new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.Null) return !reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return false;
            bool ofLinks = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                Field field = FieldOf(ref reader);
                ofLinks |= field == Field.OfLinks;
                if (!reader.Read() || !options.TrySet(field, ref reader)) return false;
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() && (!ofLinks || FindError(json) is null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with an argument of CONNECT, in nats-server's words; null for nothing.</summary>
    public static string? FindError(ReadOnlySpan<byte> json) => Shape.FindError(json);

    private enum Field
    {
        Unknown,

        // Leaf nodes say this; of a client it only has to be readable.
        OfLinks,
        Verbose,
        Pedantic,
        TlsRequired,
        Echo,
        Headers,
        NoResponders,
        NewAccount,
        Protocol,
        Language,
        Version,
        Name,
        User,
        Password,
        Token,
        Jwt,
        NKey,
        Signature,
        ProxySignature,
        Account,
    }

    private static Field FieldOf(ref Utf8JsonReader reader)
    {
        // No name we know is longer, were each of its letters written as an escape.
        Span<char> text = stackalloc char[LongestName * 6];
        if (reader.ValueSpan.Length > text.Length) return Field.Unknown;
        if (reader.ValueIsEscaped)
        {
            string unescaped = GoJsonText.Read(ref reader);
            unescaped.CopyTo(text);
            text = text[..unescaped.Length];
        }
        else
        {
            text = text[..reader.CopyString(text)];
        }

        for (int i = 0; i < text.Length; i++) text[i] = GoJsonText.Fold(text[i]);
        return text switch
        {
            "verbose" => Field.Verbose,
            "pedantic" => Field.Pedantic,
            "tls_required" => Field.TlsRequired,
            "echo" => Field.Echo,
            "headers" => Field.Headers,
            "no_responders" => Field.NoResponders,
            "new_account" => Field.NewAccount,
            "protocol" => Field.Protocol,
            "lang" => Field.Language,
            "version" => Field.Version,
            "name" => Field.Name,
            "user" => Field.User,
            "pass" => Field.Password,
            "auth_token" => Field.Token,
            "jwt" => Field.Jwt,
            "nkey" => Field.NKey,
            "sig" => Field.Signature,
            "proxy_sig" => Field.ProxySignature,
            "account" => Field.Account,
            "remote_account" or "import" or "export" => Field.OfLinks,
            _ => Field.Unknown,
        };
    }

    private bool TrySet(Field field, ref Utf8JsonReader reader)
    {
        if (field is Field.Unknown or Field.OfLinks)
        {
            reader.Skip();
            return true;
        }

        if (reader.TokenType == JsonTokenType.Null) return true;
        if (field == Field.Protocol) return TrySetProtocol(ref reader);
        return field < Field.Protocol ? TrySetSwitch(field, ref reader) : TrySetText(field, ref reader);
    }

    private bool TrySetSwitch(Field field, ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return false;
        bool value = reader.TokenType == JsonTokenType.True;
        switch (field)
        {
            case Field.Verbose: Verbose = value; break;
            case Field.Pedantic: Pedantic = value; break;
            case Field.TlsRequired: TlsRequired = value; break;
            case Field.Echo: Echo = value; break;
            case Field.Headers: Headers = value; break;
            case Field.NoResponders: NoResponders = value; break;
            default: NewAccount = value; break;
        }

        return true;
    }

    private bool TrySetProtocol(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value)) return false;
        Protocol = (int)Math.Clamp(value, int.MinValue, int.MaxValue);
        return true;
    }

    private bool TrySetText(Field field, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) return false;
        string value = GoJsonText.Read(ref reader);
        switch (field)
        {
            case Field.Language: Language = value; break;
            case Field.Version: Version = value; break;
            case Field.Name: Name = value; break;
            case Field.User: User = value; break;
            case Field.Password: Password = value; break;
            case Field.Token: Token = value; break;
            case Field.Jwt: Jwt = value; break;
            case Field.NKey: NKey = value; break;
            case Field.Signature: Signature = value; break;
            case Field.ProxySignature: ProxySignature = value; break;
            default: Account = value; break;
        }

        return true;
    }
}
