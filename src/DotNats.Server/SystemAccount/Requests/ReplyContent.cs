using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DotNats.Server.SystemAccount;

/// <summary>What a request is answered with, beside the block that names the server.</summary>
internal abstract class ReplyContent
{
    /// <summary>No answer at all: the request was not meant for this server, or there is nothing to tell.</summary>
    public static ReplyContent None { get; } = new Nothing();

    /// <summary>Done, without a word more.</summary>
    public static ReplyContent Done { get; } = new Nothing();

    /// <summary>The answer is an error; such are never compressed.</summary>
    public virtual bool IsError => false;

    public static ReplyContent Of<T>(T value, JsonTypeInfo<T> type) => new Value<T>(value, type);

    /// <summary>Data written by hand.</summary>
    public static ReplyContent Written(Action<Utf8JsonWriter> write) => new Free(write);

    /// <summary>The request cannot be read.</summary>
    public static ReplyContent BadRequest(string? description) => new Error(400, description, hasData: false);

    /// <summary>The request cannot be answered.</summary>
    /// <param name="hasData">Compat: nats-server writes <c>"data":null</c> where data was looked for in vain.</param>
    public static ReplyContent Failed(string description, bool hasData = true) => new Error(500, description, hasData);

    /// <summary>Writes the members <c>data</c> and <c>error</c>, as far as there are any.</summary>
    public abstract void Write(Utf8JsonWriter json);

    private sealed class Nothing : ReplyContent
    {
        public override void Write(Utf8JsonWriter json)
        {
        }
    }

    private sealed class Value<T>(T value, JsonTypeInfo<T> type) : ReplyContent
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WritePropertyName("data"u8);
            JsonSerializer.Serialize(json, value, type);
        }
    }

    private sealed class Free(Action<Utf8JsonWriter> write) : ReplyContent
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WritePropertyName("data"u8);
            write(json);
        }
    }

    private sealed class Error(int code, string? description, bool hasData) : ReplyContent
    {
        public override bool IsError => true;

        public override void Write(Utf8JsonWriter json)
        {
            if (hasData) json.WriteNull("data"u8);
            json.WritePropertyName("error"u8);
            JsonSerializer.Serialize(json, new RequestError(code, description), SystemJson.Compact.RequestError);
        }
    }
}

/// <summary>Why a request failed.</summary>
internal sealed record RequestError(int Code, string? Description);
