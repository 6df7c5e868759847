using System.Globalization;
using System.Text.Json;
using DotNats.JetStream.Consumers.State;
using DotNats.Primitives;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Snapshots;

/// <summary>A consumer in an archive: its configuration, and where it was.</summary>
/// <param name="Name">As its stream knows it.</param>
internal sealed record ConsumerBackup(string Name, ConsumerConfig Config, StoredConsumerState State)
{
    private static readonly GoJsonStruct<Parts> Body = new("server.SnapshotConsumerState",
        ("config", static (ref json, value) => value with { Config = StreamConfigReader.Optional(ref json, ConsumerConfigReader.Config, value.Config) }),
        ("state", static (ref json, value) => value with { State = json.IsNull ? null : json.Raw().ToArray() }));

    /// <summary>Reads an entry of an archive of messages.</summary>
    /// <exception cref="TransferException">It is none.</exception>
    public static ConsumerBackup Read(string name, ReadOnlySpan<byte> json)
    {
        Parts parts = Body.ReadWhole(json, new Parts(null, null), out string? error);
        if (error is not null) throw new TransferException($"failed to decode consumer {GoQuote.Quote(name)} state: {error}");
        if (parts.Config is not { } config) throw new TransferException($"consumer {GoQuote.Quote(name)} is missing config");
        if (parts.State is not { } state) throw new TransferException($"consumer {GoQuote.Quote(name)} is missing state");
        try
        {
            return new ConsumerBackup(name, config, ConsumerBackupState.Read(state));
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw new TransferException($"failed to decode consumer {GoQuote.Quote(name)} state: {exception.Message}");
        }
    }

    /// <summary>What an archive of messages gets.</summary>
    /// <param name="last">Last sequence of the archive: nothing behind it is known there.</param>
    public byte[] Write(ulong last) => ApiJson.Write((Consumer: this, Last: last), static (json, backup) =>
    {
        json.WriteStartObject();
        json.WritePropertyName("config"u8);
        ConsumerConfigJson.Write(json, backup.Consumer.Config);
        json.WritePropertyName("state"u8);
        ConsumerBackupState.Write(json, backup.Consumer.State, backup.Last);
        json.WriteEndObject();
    });

    private sealed record Parts(ConsumerConfig? Config, byte[]? State);
}

/// <summary>A consumer's state as JSON, in nats-server's form.</summary>
internal static class ConsumerBackupState
{
    public static void Write(Utf8JsonWriter json, StoredConsumerState state, ulong last)
    {
        json.WriteStartObject();
        Write(json, "delivered"u8, state.Delivered, last);
        Write(json, "ack_floor"u8, state.AckFloor, last);
        bool any = false;
        foreach (PendingMessage message in state.Pending)
        {
            if (message.StreamSequence > last) continue;
            if (!any) json.WriteStartObject("pending"u8);
            any = true;
            json.WriteStartObject(Text(message.StreamSequence));
            json.WriteNumber("Sequence"u8, message.ConsumerSequence);
            json.WriteNumber("Timestamp"u8, message.DeliveredAt);
            json.WriteEndObject();
        }

        if (any) json.WriteEndObject();
        any = false;
        foreach (PendingMessage message in state.Pending)
        {
            if (message.Deliveries > 1) WriteCount(json, ref any, message.StreamSequence, message.Deliveries - 1, last);
        }

        foreach (ExhaustedMessage message in state.Exhausted) WriteCount(json, ref any, message.StreamSequence, message.Deliveries, last);
        if (any) json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <exception cref="JsonException">It is none.</exception>
    /// <exception cref="FormatException">A number is too large.</exception>
    /// <exception cref="InvalidOperationException">A value is of another kind.</exception>
    public static StoredConsumerState Read(ReadOnlySpan<byte> text)
    {
        (SequencePair delivered, SequencePair floor) = (default, default);
        var pending = new SortedDictionary<ulong, PendingMessage>();
        var redelivered = new SortedDictionary<ulong, int>();
        var json = new Utf8JsonReader(text);
        json.Read();
        Expect(in json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isDelivered = json.ValueTextEquals("delivered"u8), isFloor = json.ValueTextEquals("ack_floor"u8);
            bool isPending = json.ValueTextEquals("pending"u8), isRedelivered = json.ValueTextEquals("redelivered"u8);
            json.Read();
            if (json.TokenType == JsonTokenType.Null) continue;
            if (isDelivered) delivered = ReadPair(ref json);
            else if (isFloor) floor = ReadPair(ref json);
            else if (isPending) ReadPending(ref json, pending);
            else if (isRedelivered) ReadRedelivered(ref json, redelivered);
            else json.Skip();
        }

        return Join(delivered, floor, pending, redelivered);
    }

    private static StoredConsumerState Join(
        SequencePair delivered, SequencePair floor, SortedDictionary<ulong, PendingMessage> pending, SortedDictionary<ulong, int> redelivered)
    {
        var exhausted = new List<ExhaustedMessage>();
        foreach ((ulong stream, int count) in redelivered)
        {
            if (pending.TryGetValue(stream, out PendingMessage message)) pending[stream] = message with { Deliveries = count + 1 };
            else exhausted.Add(new ExhaustedMessage(stream, count));
        }

        return new StoredConsumerState { Delivered = delivered, AckFloor = floor, Pending = [.. pending.Values], Exhausted = exhausted };
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, SequencePair pair, ulong last)
    {
        json.WriteStartObject(name);
        json.WriteNumber("consumer_seq"u8, pair.Consumer);
        json.WriteNumber("stream_seq"u8, Math.Min(pair.Stream, last));
        json.WriteEndObject();
    }

    private static void WriteCount(Utf8JsonWriter json, ref bool any, ulong stream, int count, ulong last)
    {
        if (stream > last) return;
        if (!any) json.WriteStartObject("redelivered"u8);
        any = true;
        json.WriteNumber(Text(stream), count);
    }

    private static string Text(ulong sequence) => sequence.ToString(CultureInfo.InvariantCulture);

    private static SequencePair ReadPair(ref Utf8JsonReader json)
    {
        var pair = default(SequencePair);
        Expect(in json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isConsumer = json.ValueTextEquals("consumer_seq"u8), isStream = json.ValueTextEquals("stream_seq"u8);
            json.Read();
            if (isConsumer) pair = pair with { Consumer = json.GetUInt64() };
            else if (isStream) pair = pair with { Stream = json.GetUInt64() };
            else json.Skip();
        }

        return pair;
    }

    private static void ReadPending(ref Utf8JsonReader json, SortedDictionary<ulong, PendingMessage> target)
    {
        Expect(in json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var pending = new PendingMessage(ReadKey(in json), 0, 0, 1);
            json.Read();
            Expect(in json, JsonTokenType.StartObject);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isSequence = json.ValueTextEquals("Sequence"u8), isTime = json.ValueTextEquals("Timestamp"u8);
                json.Read();
                if (isSequence) pending = pending with { ConsumerSequence = json.GetUInt64() };
                else if (isTime) pending = pending with { DeliveredAt = json.GetInt64() };
                else json.Skip();
            }

            target[pending.StreamSequence] = pending;
        }
    }

    private static void ReadRedelivered(ref Utf8JsonReader json, SortedDictionary<ulong, int> target)
    {
        Expect(in json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            ulong stream = ReadKey(in json);
            json.Read();
            target[stream] = (int)Math.Min(json.GetUInt64(), int.MaxValue - 1);
        }
    }

    private static ulong ReadKey(in Utf8JsonReader json) =>
        ulong.TryParse(json.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong key) ? key : throw new JsonException("a sequence is no number");

    private static void Expect(in Utf8JsonReader json, JsonTokenType token)
    {
        if (json.TokenType != token) throw new JsonException("a value is of another kind");
    }
}
