using System.Text.Json;

namespace DotNats.JetStream.Consumers.State;

/// <summary>Reads the JSON of pull requests as clients write it, without allocating where they name no group.</summary>
internal static class PullRequestReader
{
    /// <summary>False for anything unusual, be it wrong or not: that is read by the slower way, which has Go's rules and texts.</summary>
    public static bool TryReadUsual(ReadOnlySpan<byte> json, out PullRequest request)
    {
        request = new PullRequest { IsJson = true };
        var reader = new Utf8JsonReader(json);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!TryReadMember(ref reader, ref request)) return false;
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // Text that is no UTF-16.
            return false;
        }
    }

    private static bool TryReadMember(ref Utf8JsonReader reader, ref PullRequest request)
    {
        if (reader.ValueTextEquals("batch"u8)) return TryReadNumber(ref reader, out long batch) && Set(ref request, request with { Batch = batch });
        if (reader.ValueTextEquals("expires"u8)) return TryReadNumber(ref reader, out long expires) && Set(ref request, request with { ExpiresNanoseconds = expires });
        if (reader.ValueTextEquals("idle_heartbeat"u8)) return TryReadNumber(ref reader, out long beat) && Set(ref request, request with { HeartbeatNanoseconds = beat });
        if (reader.ValueTextEquals("max_bytes"u8)) return TryReadNumber(ref reader, out long bytes) && Set(ref request, request with { MaxBytes = bytes });
        if (reader.ValueTextEquals("min_pending"u8)) return TryReadNumber(ref reader, out long pending) && Set(ref request, request with { MinPending = pending });
        if (reader.ValueTextEquals("min_ack_pending"u8)) return TryReadNumber(ref reader, out long acks) && Set(ref request, request with { MinAckPending = acks });
        if (reader.ValueTextEquals("priority"u8)) return TryReadNumber(ref reader, out long priority) && Set(ref request, request with { Priority = priority });
        if (reader.ValueTextEquals("no_wait"u8)) return TryReadFlag(ref reader, out bool noWait) && Set(ref request, request with { NoWait = noWait });
        if (reader.ValueTextEquals("group"u8)) return TryReadText(ref reader, out string group) && Set(ref request, request with { Group = group });
        return reader.ValueTextEquals("id"u8) && TryReadText(ref reader, out string id) && Set(ref request, request with { PinId = id });
    }

    private static bool Set(ref PullRequest request, PullRequest value)
    {
        request = value;
        return true;
    }

    private static bool TryReadNumber(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value);
    }

    private static bool TryReadFlag(ref Utf8JsonReader reader, out bool value)
    {
        value = reader.Read() && reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
    }

    // Escapes are read the slower way.
    private static bool TryReadText(ref Utf8JsonReader reader, out string value)
    {
        value = "";
        if (!reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped) return false;
        value = reader.GetString()!;
        return true;
    }
}
