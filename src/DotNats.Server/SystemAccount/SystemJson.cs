using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DotNats.Primitives;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>JSON of what goes over the system account and is not also a monitoring reply.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ServerBlock))]
[JsonSerializable(typeof(ServerIdentity))]
[JsonSerializable(typeof(ConnectEvent))]
[JsonSerializable(typeof(DisconnectEvent))]
[JsonSerializable(typeof(AccountConnectionsEvent))]
[JsonSerializable(typeof(StatszMessage))]
[JsonSerializable(typeof(HealthReply))]
[JsonSerializable(typeof(ProfileReply))]
[JsonSerializable(typeof(UserInfoReply))]
[JsonSerializable(typeof(RequestError))]
[JsonSerializable(typeof(PeerMessage))]
internal sealed partial class SystemJson : JsonSerializerContext
{
    /// <summary>One line, in nats-server's text form.</summary>
    public static SystemJson Compact { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = GoJsonEncoder.Instance,
    });

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = GoJsonEncoder.Instance, SkipValidation = true };

    /// <summary>A writer of the same text form.</summary>
    public static Utf8JsonWriter CreateWriter(IBufferWriter<byte> target) => new(target, WriterOptions);

    public static ReadOnlyMemory<byte> Write<T>(T value, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (Utf8JsonWriter json = CreateWriter(buffer)) JsonSerializer.Serialize(json, value, type);
        return buffer.WrittenMemory;
    }
}

/// <summary>Answer to <c>IDZ</c>.</summary>
internal sealed record ServerIdentity(string Name, string Host, string Id);

/// <summary>The heartbeat, also the answer to <c>STATSZ</c>.</summary>
internal sealed record StatszMessage(ServerBlock Server, StatszSnapshot Statsz);
