using System.Text;
using System.Text.Json;
using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Api;

/// <summary>Who made a request, as the server that took it wrote it into the header <c>Nats-Request-Info</c>.</summary>
/// <param name="Account">Account the requester is in.</param>
/// <param name="Service">Account in between that exports the API to it; empty for none.</param>
/// <param name="Json">The block as it came, for advisories.</param>
internal sealed record Requestor(string Account, string Service, byte[] Json)
{
    private static ReadOnlySpan<byte> Header => "Nats-Request-Info"u8;

    /// <summary>The account whose streams are asked about.</summary>
    public string StreamAccount => Service.Length > 0 ? Service : Account;

    /// <summary>Reads the header; null where there is none, or it says nothing.</summary>
    public static Requestor? Read(ReadOnlySpan<byte> headers)
    {
        ReadOnlySpan<byte> value = HeaderLookup.Find(headers, Header);
        if (value.IsEmpty) return null;
        try
        {
            return Parse(value);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Also text that is no UTF-16.
            return null;
        }
    }

    private static Requestor? Parse(ReadOnlySpan<byte> value)
    {
        (string account, string service) = ("", "");
        var json = new Utf8JsonReader(value);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isAccount = json.ValueTextEquals("acc"u8);
            bool isService = json.ValueTextEquals("svc"u8);
            json.Read();
            if (isAccount && json.TokenType == JsonTokenType.String) account = json.GetString()!;
            else if (isService && json.TokenType == JsonTokenType.String) service = json.GetString()!;
            else json.Skip();
        }

        return account.Length + service.Length == 0 ? null : new Requestor(account, service, value.ToArray());
    }

    public override string ToString() => Encoding.UTF8.GetString(Json);
}
