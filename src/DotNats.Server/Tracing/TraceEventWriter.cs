using System.Buffers;
using System.Text.Json;
using DotNats.Primitives;
using DotNats.Server.Connections;
using DotNats.Server.Monitoring;

namespace DotNats.Server.Tracing;

/// <summary>The JSON of a trace event. Names, order and what is left out where empty are nats-server's (wire reference section 10).</summary>
internal static class TraceEventWriter
{
    // What nats-server calls a client connection in events; routes, gateways, leaf nodes have numbers of their own.
    private const int ClientKind = 0;

    private static readonly JsonWriterOptions Options = new() { Encoder = GoJsonEncoder.Instance, SkipValidation = true };

    /// <summary>Writes the event as one line.</summary>
    /// <param name="sequence">Number of this event among those the server publishes, from 1.</param>
    public static byte[] Write(ServerCore server, MessageTrace trace, ulong sequence)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            WriteServer(json, server, sequence);
            WriteRequest(json, trace);
            json.WriteStartArray("events"u8);
            WriteIngress(json, trace);
            if (trace.Mapping is { } mapping) WriteMapping(json, mapping);
            foreach (TraceStep step in trace.Steps) WriteStep(json, trace, step);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteServer(Utf8JsonWriter json, ServerCore server, ulong sequence)
    {
        NatsServerOptions options = server.Options;
        json.WriteStartObject("server"u8);
        json.WriteString("name"u8, server.Name);
        json.WriteString("host"u8, server.Info.Current.Host);
        json.WriteString("id"u8, server.Id);
        WriteUnlessEmpty(json, "cluster"u8, options.Cluster?.Name);
        json.WriteString("ver"u8, ServerVersion.Compatible);
        if (options.ServerTags.Count > 0) WriteList(json, "tags", options.ServerTags);
        if (options.ServerMetadata.Count > 0) WriteMetadata(json, options.ServerMetadata);
        json.WriteStartObject("feature_flags"u8);
        foreach ((string name, bool value) in FeatureFlags.Merge(options.FeatureFlags)) json.WriteBoolean(name, value);
        json.WriteEndObject();
        json.WriteBoolean("jetstream"u8, false);
        json.WriteNumber("flags"u8, 0);
        json.WriteNumber("seq"u8, sequence);
        json.WriteString("time"u8, server.Time.GetUtcNow().UtcDateTime);
        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("metadata"u8);
        foreach ((string name, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(name, value);
        json.WriteEndObject();
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

    private static void WriteStart(Utf8JsonWriter json, ReadOnlySpan<byte> type, DateTime time, ClientSession client)
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
