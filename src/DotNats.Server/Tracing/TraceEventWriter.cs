using System.Buffers;
using System.Text.Json;
using DotNats.Server.Connections;
using DotNats.Server.SystemAccount;

namespace DotNats.Server.Tracing;

/// <summary>The JSON of a trace event. Names, order and what is left out where empty are nats-server's (wire reference section 10).</summary>
internal static class TraceEventWriter
{
    // What nats-server calls a client connection in events; routes, gateways, leaf nodes have numbers of their own.
    private const int ClientKind = 0;

    /// <summary>Writes the event as one line.</summary>
    public static ReadOnlyMemory<byte> Write(ServerBlock server, MessageTrace trace)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (Utf8JsonWriter json = SystemJson.CreateWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName("server"u8);
            JsonSerializer.Serialize(json, server, SystemJson.Compact.ServerBlock);
            WriteRequest(json, trace);
            json.WriteStartArray("events"u8);
            WriteIngress(json, trace);
            if (trace.Mapping is { } mapping) WriteMapping(json, mapping);
            foreach (TraceStep step in trace.Steps) WriteStep(json, trace, step);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteRequest(Utf8JsonWriter json, MessageTrace trace)
    {
        json.WriteStartObject("request"u8);
        json.WriteStartObject("header"u8);
        foreach ((string name, List<string> values) in trace.Headers.All) WriteList(json, name, values);
        json.WriteEndObject();
        json.WriteNumber("msgsize"u8, trace.Size);
        json.WriteEndObject();
    }

    private static void WriteIngress(Utf8JsonWriter json, MessageTrace trace)
    {
        WriteStart(json, "in"u8, trace.Time, trace.Origin);
        json.WriteString("acc"u8, trace.Account.Name);
        json.WriteString("subj"u8, trace.Subject);
        WriteUnlessEmpty(json, "error"u8, trace.IngressError);
        json.WriteEndObject();
    }

    private static void WriteMapping(Utf8JsonWriter json, TraceMapping mapping)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "sm"u8);
        json.WriteString("ts"u8, mapping.Time);
        json.WriteString("to"u8, mapping.Subject);
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, MessageTrace trace, TraceStep step)
    {
        switch (step)
        {
            case TraceEgress egress:
                WriteEgress(json, trace, egress);
                break;
            case TraceStreamExport export:
                WriteStart(json, "se"u8, export.Time);
                json.WriteString("acc"u8, export.Importer.Name);
                json.WriteString("to"u8, export.Subject);
                json.WriteEndObject();
                break;
            case TraceServiceImport import:
                WriteStart(json, "si"u8, import.Time);
                json.WriteString("acc"u8, import.Target.Name);
                json.WriteString("from"u8, import.From);
                json.WriteString("to"u8, import.To);
                json.WriteEndObject();
                break;
        }
    }

    private static void WriteEgress(Utf8JsonWriter json, MessageTrace trace, TraceEgress egress)
    {
        WriteStart(json, "eg"u8, egress.Time, egress.Destination);
        if (!ReferenceEquals(egress.Destination.Account, trace.Account)) json.WriteString("acc"u8, egress.Destination.Account.Name);
        json.WriteString("sub"u8, egress.Subscription.Subject);
        if (egress.Subscription.Queue is { } queue) json.WriteString("queue"u8, queue);
        WriteUnlessEmpty(json, "error"u8, egress.Error);
        json.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter json, ReadOnlySpan<byte> type, DateTime time)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteString("ts"u8, time);
    }

    private static void WriteStart(Utf8JsonWriter json, ReadOnlySpan<byte> type, DateTime time, MemberSession client)
    {
        WriteStart(json, type, time);
        json.WriteNumber("kind"u8, ClientKind);
        json.WriteNumber("cid"u8, client.Connection.Id);
        WriteUnlessEmpty(json, "name"u8, client.Options.Name);
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) json.WriteString(name, value);
    }
}
