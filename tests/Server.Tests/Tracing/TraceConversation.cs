using System.Text;
using System.Text.Json;
using DotNats;
using Server.Tests.Harness;

namespace Server.Tests.Tracing;

/// <summary>A watcher on <c>trace.></c> and a publisher, with one user each: the publisher's is limited where the test says so.</summary>
internal sealed class TraceConversation(TestServer server, Dialogue watcher, Dialogue publisher) : IAsyncDisposable
{
    public Dialogue Publisher { get; } = publisher;

    public TestServer Server { get; } = server;

    public static async Task<TraceConversation> StartAsync(NatsServerOptions? options = null, string publisherConnect = "")
    {
        TestServer server = await TestServer.StartAsync(options);
        string watcherLogin = options?.Authorization.Users.Count > 0 ? "\"user\":\"watcher\",\"pass\":\"w\"" : "";
        Dialogue watcher = await server.ConnectAsync(watcherLogin);
        watcher.Send("SUB trace.> 1");
        await watcher.FenceAsync();
        string name = "\"name\":\"pub\"" + (publisherConnect.Length > 0 ? "," + publisherConnect : "");
        return new TraceConversation(server, watcher, await server.ConnectAsync(name));
    }

    /// <summary>Publishes a one-byte payload with these header lines; the answer is what the publisher itself was sent.</summary>
    public Task<List<string>> PublishAsync(string subject, params string[] headers) => PublishToAsync(subject, "", headers);

    public async Task<List<string>> PublishToAsync(string subject, string reply, params string[] headers)
    {
        string block = "NATS/1.0\r\n" + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n";
        Publisher.SendBytes(Encoding.Latin1.GetBytes($"HPUB {subject} {reply} {block.Length} {block.Length + 1}\r\n{block}x\r\n"));
        return await Publisher.FenceAsync();
    }

    /// <summary>Protocol lines of the watcher so far.</summary>
    public Task<List<string>> WatchedAsync() => watcher.FenceAsync();

    /// <summary>The one event since the last look.</summary>
    public async Task<JsonElement> EventAsync()
    {
        List<string> lines = await watcher.FenceAsync();
        if (lines.Count != 2) throw new Shouldly.ShouldAssertException($"expected one event but got {lines.Count} lines: {string.Join(" | ", lines)}");
        return JsonDocument.Parse(lines[1]).RootElement;
    }

    /// <summary>The events in short: <c>in foo</c>, <c>eg foo.* queue=q error=…</c>.</summary>
    public async Task<string[]> StepsAsync() => [.. (await EventAsync()).GetProperty("events").EnumerateArray().Select(Describe)];

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static string Describe(JsonElement step)
    {
        string type = step.GetProperty("type").GetString()!;
        string text = $"{type} {step.GetProperty(type == "in" ? "subj" : "sub").GetString()}";
        foreach (string name in (string[])["queue", "error"])
        {
            if (step.TryGetProperty(name, out JsonElement value)) text += $" {name}={value.GetString()}";
        }

        return text;
    }
}
