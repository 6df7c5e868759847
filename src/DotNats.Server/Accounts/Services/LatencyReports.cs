using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using DotNats.Primitives;
using DotNats.Server.Routing;
using DotNats.Server.SystemAccount;

namespace DotNats.Server.Accounts;

/// <summary>Publishes measurements of services, a moment after what they measure: they are nothing a response should wait for.</summary>
// Owner: the server. Any thread posts; the wheel rings, the thread pool publishes. Previous stop: LatencySample. Next stop: MessageRouter.
internal sealed class LatencyReports(ServerCore server) : WheelTimer
{
    // What may wait; beyond, measurements are left out as if they had not been sampled.
    private const int MaxWaiting = 65_536;

    private readonly ConcurrentQueue<LatencyReport> _waiting = new();
    private int _count;
    private int _isScheduled;

    public void Post(LatencyReport report)
    {
        if (Interlocked.Increment(ref _count) > MaxWaiting)
        {
            Interlocked.Decrement(ref _count);
            return;
        }

        _waiting.Enqueue(report with { PostedTicks = server.Time.GetTimestamp() });
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0) server.Timers.Schedule(this, TimerWheel.Resolution);
    }

    protected override void OnExpired() => ThreadPool.UnsafeQueueUserWorkItem(static reports => reports.PublishAll(), this, preferLocal: false);

    private void PublishAll()
    {
        Volatile.Write(ref _isScheduled, 0);
        DeliveryContext context = server.Contexts.Rent();
        while (_waiting.TryDequeue(out LatencyReport? report))
        {
            Interlocked.Decrement(ref _count);
            Publish(context, report);
        }

        context.Flush();
        server.Contexts.Return(context);
    }

    private void Publish(DeliveryContext context, LatencyReport report)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (Utf8JsonWriter json = SystemJson.CreateWriter(buffer)) Write(json, report);
        buffer.Write("\r\n"u8);
        var message = new Message { Subject = Encoding.UTF8.GetBytes(report.Sample.Subject), Body = buffer.WrittenSpan };
        context.ReleaseHeld();
        MessageRouter.Route(context, report.Account, in message);
    }

    private void Write(Utf8JsonWriter json, LatencyReport report)
    {
        LatencySample sample = report.Sample;
        TimeSpan there = sample.Requestor.RoundTrip;
        DateTime ended = server.Time.GetUtcNow().UtcDateTime - server.ToTimeSpan(server.Time.GetTimestamp() - report.PostedTicks);
        json.WriteStartObject();
        json.WriteString("type"u8, "io.nats.server.metric.v1.service_latency"u8);
        json.WriteString("id"u8, server.EventIds.Next());
        json.WriteString("timestamp"u8, ended);
        json.WriteNumber("status"u8, report.Status);
        if (report.Error is { } error) json.WriteString("description"u8, error);
        json.WritePropertyName("requestor"u8);
        WriteClient(json, ClientBlock.OfRequestor(sample.Requestor, sample.Share, withServer: sample.Share));
        if (report.Responder is { } responder)
        {
            json.WritePropertyName("responder"u8);
            WriteClient(json, ClientBlock.OfRequestor(responder, detailed: true, withServer: true));
        }

        if (sample.Headers is { } headers) WriteHeaders(json, headers);
        json.WriteString("start"u8, ended - report.Elapsed - there);
        WriteDurations(json, report, there);
        json.WriteEndObject();
    }

    // Round trips are estimates: what comes out negative is nothing.
    private static void WriteDurations(Utf8JsonWriter json, LatencyReport report, TimeSpan there)
    {
        TimeSpan service = TimeSpan.Zero, total = TimeSpan.Zero;
        if (report.Status == 200)
        {
            service = report.Elapsed - (report.Responder?.RoundTrip ?? TimeSpan.Zero);
            total = there + report.Elapsed;
        }

        json.WriteNumber("service"u8, Math.Max(0, service.Ticks) * 100);
        // What it took inside this server is below what its clock can tell.
        json.WriteNumber("system"u8, 0);
        json.WriteNumber("total"u8, total.Ticks * 100);
    }

    private static void WriteClient(Utf8JsonWriter json, ClientBlock client) => JsonSerializer.Serialize(json, client, SystemJson.Compact.ClientBlock);

    private static void WriteHeaders(Utf8JsonWriter json, SortedDictionary<string, List<string>> headers)
    {
        json.WriteStartObject("header"u8);
        foreach ((string name, List<string> values) in headers)
        {
            json.WriteStartArray(name);
            foreach (string value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
