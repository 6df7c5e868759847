using System.Globalization;
using System.Text;
using System.Text.Json;
using DotNats.Client;

namespace Interop.Tests;

/// <summary>Streams with everything a store directory may hold, written over the API of any server.</summary>
/// <param name="isOld">The server is a 2.9: it has neither compression nor times to live nor counters.</param>
public sealed class StoreContent(NatsConnection connection, bool isOld)
{
    // Longer than recorded stores will be kept.
    private const string Long = "100000h";

    public async Task WriteAsync()
    {
        await WriteOrdersAsync();
        await WriteKeyValuesAsync();
        await WriteLastOnlyAsync();
        await CreateAsync("""{"name":"GONE","subjects":["gone"]}""");
        for (int i = 0; i < 5; i++) await PublishAsync("gone", "x");
        await AskAsync("STREAM.PURGE.GONE", "");
        await CreateAsync("""{"name":"EMPTY","subjects":["empty"]}""");
        if (isOld) return;
        await WritePackedAsync();
        await WriteTimesToLiveAsync();
        await CreateAsync("""{"name":"FIRST","subjects":["first"],"first_seq":1000}""");
        await PublishAsync("first", "thousandth");
        await CreateAsync("""{"name":"COUNT","subjects":["count.*"],"allow_msg_counter":true}""");
        for (int i = 0; i < 3; i++) await PublishAsync("count.a", "", ("Nats-Incr", "7"));
    }

    // Headers, payloads of all sizes, removed messages, a purge by subject.
    private async Task WriteOrdersAsync()
    {
        await CreateAsync("""{"name":"ORD","subjects":["ord.>"],"description":"orders","duplicate_window":1000000000}""");
        for (int i = 1; i <= 60; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"id-{i}");
            await PublishAsync($"ord.{i % 7}", new string('o', i * 3 % 50), i % 3 == 0 ? [("Nats-Msg-Id", id), ("Kind", "é")] : []);
        }

        foreach (int sequence in (int[])[1, 5, 17, 18, 60]) await AskAsync("STREAM.MSG.DELETE.ORD", $$"""{"seq":{{sequence}}}""");
        await AskAsync("STREAM.MSG.DELETE.ORD", """{"seq":30,"no_erase":true}""");
        await AskAsync("STREAM.PURGE.ORD", """{"filter":"ord.3","keep":1}""");
        for (int i = 0; i < 4; i++) await PublishAsync("ord.9", "behind");
    }

    // As key-value buckets are: history, deletions, purges of a key.
    private async Task WriteKeyValuesAsync()
    {
        await CreateAsync("""{"name":"KV_cfg","subjects":["$KV.cfg.>"],"max_msgs_per_subject":3,"allow_rollup_hdrs":true,"deny_delete":true,"allow_direct":true,"discard":"new"}""");
        for (int i = 0; i < 50; i++) await PublishAsync($"$KV.cfg.k{i % 10}", string.Create(CultureInfo.InvariantCulture, $"value {i}"));
        await PublishAsync("$KV.cfg.k1", "", ("KV-Operation", "DEL"));
        await PublishAsync("$KV.cfg.k2", "", ("KV-Operation", "PURGE"), ("Nats-Rollup", "sub"));
        await PublishAsync("$KV.cfg.k3", "again");
    }

    private async Task WriteLastOnlyAsync()
    {
        await CreateAsync("""{"name":"LAST","subjects":["last.*"],"max_msgs_per_subject":1}""");
        var random = new Random(9);
        for (int i = 0; i < 150; i++) await PublishAsync($"last.{random.Next(20)}", string.Create(CultureInfo.InvariantCulture, $"{i}"));
    }

    // Several blocks, all but the last of them compressed.
    private async Task WritePackedAsync()
    {
        await CreateAsync("""{"name":"PACK","subjects":["pack.*"],"compression":"s2","max_bytes":130000}""");
        for (int i = 0; i < 110; i++) await PublishAsync($"pack.{i % 5}", string.Create(CultureInfo.InvariantCulture, $"{i} {new string('p', 600)}"));
        for (int i = 10; i < 100; i += 13) await AskAsync("STREAM.MSG.DELETE.PACK", $$"""{"seq":{{i}},"no_erase":true}""");
        await AskAsync("STREAM.MSG.DELETE.PACK", """{"seq":77}""");
    }

    // One ran out, the others do not within the life of a recording.
    private async Task WriteTimesToLiveAsync()
    {
        await CreateAsync("""{"name":"TTL","subjects":["ttl.*"],"allow_msg_ttl":true}""");
        await PublishAsync("ttl.short", "x", ("Nats-TTL", "1s"));
        await PublishAsync("ttl.long", "y", ("Nats-TTL", Long));
        await PublishAsync("ttl.never", "z", ("Nats-TTL", "never"));
        await PublishAsync("ttl.plain", "-");
        await PublishAsync("ttl.marked", "", ("Nats-Marker-Reason", "MaxAge"), ("Nats-TTL", Long));
        await Eventually.HoldsAsync(async () => (await AskAsync("STREAM.INFO.TTL", "")).Contains("\"messages\":4,", StringComparison.Ordinal), "the end of the short one");
    }

    private async Task CreateAsync(string config)
    {
        using JsonDocument json = JsonDocument.Parse(config);
        await AskAsync("STREAM.CREATE." + json.RootElement.GetProperty("name").GetString(), config);
    }

    private async Task PublishAsync(string subject, string text, params (string Name, string Value)[] lines)
    {
        var headers = new NatsHeaders();
        foreach ((string name, string value) in lines) headers.Add(name, value);
        Check(subject, (await connection.RequestAsync(subject, Encoding.UTF8.GetBytes(text), headers: lines.Length == 0 ? null : headers)).Text);
    }

    private async Task<string> AskAsync(string request, string body)
    {
        string answer = (await connection.RequestAsync("$JS.API." + request, body)).Text;
        Check(request, answer);
        return answer;
    }

    private static void Check(string request, string answer)
    {
        if (answer.Contains("\"error\"", StringComparison.Ordinal)) throw new InvalidOperationException($"{request}: {answer}");
    }
}
