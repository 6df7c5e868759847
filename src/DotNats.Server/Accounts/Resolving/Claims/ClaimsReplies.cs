using System.Buffers;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>The JSON of answers to claims requests. Names and order are nats-server's (wire reference, section 8).</summary>
/// <param name="writeServer">Writes the property <c>server</c>, which names this server.</param>
internal sealed class ClaimsReplies(Action<Utf8JsonWriter> writeServer)
{
    private const int Ok = 200;
    private const int Failure = 500;

    private static readonly JsonWriterOptions Options = new() { Encoder = GoJsonEncoder.Instance, SkipValidation = true };

    /// <summary>It was done.</summary>
    /// <param name="account">Whom it was about; empty for no one account.</param>
    public byte[] Done(string account, string message) => Write(json =>
    {
        writeServer(json);
        json.WriteStartObject("data"u8);
        if (account.Length > 0) json.WriteString("account"u8, account);
        json.WriteNumber("code"u8, Ok);
        json.WriteString("message"u8, message);
        json.WriteEndObject();
    });

    /// <summary>It was not.</summary>
    public byte[] Failed(string account, string description) => Write(json =>
    {
        writeServer(json);
        json.WriteStartObject("error"u8);
        if (account.Length > 0) json.WriteString("account"u8, account);
        json.WriteNumber("code"u8, Failure);
        json.WriteString("description"u8, description);
        json.WriteEndObject();
    });

    /// <summary>All accounts.</summary>
    public byte[] List(IReadOnlyList<string> accounts) => Write(json =>
    {
        json.WriteStartArray("data"u8);
        foreach (string account in accounts) json.WriteStringValue(account);
        json.WriteEndArray();
        writeServer(json);
    });

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
