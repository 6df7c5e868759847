using System.Text;
using System.Text.Json;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Consumers.State;

/// <summary>What a client says of a message.</summary>
internal enum AckKind
{
    /// <summary>It is done: nothing, <c>+ACK</c> or <c>+OK</c>.</summary>
    Ack,

    /// <summary>It is to be delivered again: <c>-NAK</c>, with a delay or without.</summary>
    Nak,

    /// <summary>Work goes on: <c>+WPI</c>.</summary>
    Progress,

    /// <summary>It is done, and more is wanted: <c>+NXT</c>, with a pull request or without.</summary>
    Next,

    /// <summary>It is not to be delivered again: <c>+TERM</c>, with a reason or without.</summary>
    Term,

    /// <summary>Anything else. Compat: nothing happens, but it is answered like the others.</summary>
    Unknown,
}

/// <summary>The body of an acknowledgement, without headers.</summary>
internal readonly ref struct AckBody
{
    private static readonly GoJsonStruct<long> NakOptions = new("server.ConsumerNakOptions",
        ("delay", static (ref json, value) => json.Duration(value)));

    public AckKind Kind { get; private init; }

    /// <summary>Nanoseconds to wait before the message is delivered again; 0 for none.</summary>
    public long Delay { get; private init; }

    /// <summary>A delay was named, perhaps one of nothing.</summary>
    public bool HasDelay { get; private init; }

    /// <summary>What was to be a delay and is none; empty for a good one. Compat: then it is a refusal without delay, and worth a warning.</summary>
    public ReadOnlySpan<byte> BadDelay { get; private init; }

    /// <summary>Why a message was terminated; empty for no reason.</summary>
    public ReadOnlySpan<byte> Reason { get; private init; }

    /// <summary>The pull request behind <c>+NXT</c>, to be read as any other.</summary>
    public ReadOnlySpan<byte> Request { get; private init; }

    public static AckBody Parse(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty || body.SequenceEqual("+ACK"u8) || body.SequenceEqual("+OK"u8)) return default;
        if (body.StartsWith("+NXT"u8)) return new AckBody { Kind = AckKind.Next, Request = body[4..] };
        if (body.StartsWith("-NAK"u8)) return ParseNak(GoSpace.Trim(body[4..]));
        if (body.SequenceEqual("+WPI"u8)) return new AckBody { Kind = AckKind.Progress };
        return body.StartsWith("+TERM"u8) ? new AckBody { Kind = AckKind.Term, Reason = GoSpace.Trim(body[5..]) } : new AckBody { Kind = AckKind.Unknown };
    }

    private static AckBody ParseNak(ReadOnlySpan<byte> argument)
    {
        if (argument.IsEmpty) return new AckBody { Kind = AckKind.Nak };
        bool isGood = argument[0] == (byte)'{' ? TryReadOptions(argument, out long delay) : GoDuration.TryParseNanoseconds(Encoding.UTF8.GetString(argument), out delay, out _);
        return isGood ? new AckBody { Kind = AckKind.Nak, Delay = delay, HasDelay = true } : new AckBody { Kind = AckKind.Nak, BadDelay = argument };
    }

    private static bool TryReadOptions(ReadOnlySpan<byte> json, out long delay)
    {
        if (TryReadUsual(json, out delay)) return true;
        delay = NakOptions.ReadWhole(json, 0, out string? error);
        return error is null;
    }

    // What clients send: one member with a whole number.
    private static bool TryReadUsual(ReadOnlySpan<byte> json, out long delay)
    {
        delay = 0;
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("delay"u8)
                && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out delay)
                && reader.Read() && reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Also names that are no UTF-16.
            return false;
        }
    }
}
