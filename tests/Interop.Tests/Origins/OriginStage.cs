using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DotNats.Client;

namespace Interop.Tests;

/// <summary>A server on which streams copy each other, and the text of what it says of that.</summary>
internal sealed class OriginStage : IAsyncDisposable
{
    // What differs from run to run and from server to server.
    private static readonly string[] Unlike = ["created", "ts", "metadata", "first_ts", "last_ts", "deliver_subject", "cluster", "domain"];

    private readonly ServerProcess _server;
    private readonly Dictionary<string, NatsConnection> _connections = [];
    private readonly StringBuilder _text = new();

    private OriginStage(ServerProcess server) => _server = server;

    /// <summary>What was told so far.</summary>
    public string Text => _text.ToString();

    public static async Task<OriginStage> StartAsync(ServerExecutable executable, string config, params string[] users)
    {
        var stage = new OriginStage(await ServerProcess.StartAsync(new ServerSetup { Executable = executable, Config = config }));
        try
        {
            foreach (string user in users)
            {
                string url = user.Length == 0 ? stage._server.Url : stage._server.Url.Replace("//", $"//{user}:{user}@", StringComparison.Ordinal);
                stage._connections[user] = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = url, RequestTimeout = Eventually.Limit });
            }

            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks the API and tells the answer.</summary>
    public async Task TellAsync(string request, string body = "", string user = "")
    {
        JsonNode answer = JsonNode.Parse((await _connections[user].RequestAsync("$JS.API." + request, body)).Text)!;
        Clean(answer);
        _text.Append(CultureInfo.InvariantCulture, $"{request} {body}\n  {answer["error"]?.ToJsonString() ?? answer.ToJsonString()}\n");
    }

    /// <summary>Creates a stream and tells only what is wrong.</summary>
    public async Task CreateAsync(string config, string user = "")
    {
        string name = JsonNode.Parse(config)!["name"]!.GetValue<string>();
        JsonNode answer = JsonNode.Parse((await _connections[user].RequestAsync("$JS.API.STREAM.CREATE." + name, config)).Text)!;
        if (answer["error"] is { } error) _text.Append(CultureInfo.InvariantCulture, $"{config}\n  {error.ToJsonString()}\n");
    }

    public async Task PublishAsync(string subject, int count, string user = "")
    {
        for (int i = 1; i <= count; i++) await _connections[user].RequestAsync(subject, string.Create(CultureInfo.InvariantCulture, $"{subject} {i}"));
    }

    /// <summary>Waits until a stream has so many messages, and its origins nothing more to give.</summary>
    public Task HasAsync(string stream, int messages, string user = "") => Eventually.HoldsAsync(
        async () =>
        {
            JsonNode info = await InfoAsync(stream, user);
            bool isMirrored = info["mirror"] is not { } mirror || mirror["lag"]!.GetValue<int>() == 0;
            bool isCopied = info["sources"] is not JsonArray sources || sources.All(static source => source!["lag"]!.GetValue<int>() == 0);
            return info["state"]!["messages"]!.GetValue<int>() == messages && isMirrored && isCopied;
        },
        $"{messages} messages in {stream}");

    /// <summary>Waits until a member of what a stream says of its first origin is there.</summary>
    public Task SaysAsync(string stream, string member, string user = "") => Eventually.HoldsAsync(
        async () =>
        {
            JsonNode info = await InfoAsync(stream, user);
            return (info["mirror"] ?? info["sources"]![0])![member] is not null;
        },
        $"{member} of {stream}");

    /// <summary>Tells a stream's messages and what it says of its origins.</summary>
    public async Task TellStreamAsync(string stream, string user = "", bool ordered = true)
    {
        JsonNode info = await InfoAsync(stream, user);
        Clean(info);
        // nats-server tells sources in no order.
        string[] sources = info["sources"] is JsonArray array ? [.. array.Select(static source => source!.ToJsonString()).Order(StringComparer.Ordinal)] : [];
        _text.Append(CultureInfo.InvariantCulture, $"{stream}: {info["mirror"]?.ToJsonString() ?? string.Join("\n  ", sources)}\n");
        var lines = new List<string>();
        ulong last = info["state"]!["last_seq"]!.GetValue<ulong>();
        for (ulong at = info["state"]!["first_seq"]!.GetValue<ulong>(); at <= last && at > 0; at++)
        {
            JsonNode message = JsonNode.Parse((await _connections[user].RequestAsync("$JS.API.STREAM.MSG.GET." + stream, string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{at}}}"""))).Text)!;
            if (message["message"] is not { } found) continue;
            string sequence = ordered ? string.Create(CultureInfo.InvariantCulture, $"{at} ") : "";
            string headers = found["hdrs"] is { } block ? HeadersOf(block.GetValue<string>()) : "";
            lines.Add($"  {sequence}{found["subject"]} {Encoding.UTF8.GetString(Convert.FromBase64String(found["data"]!.GetValue<string>()))} {headers}\n");
        }

        if (!ordered) lines.Sort(StringComparer.Ordinal);
        foreach (string line in lines) _text.Append(line);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NatsConnection connection in _connections.Values) await connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<JsonNode> InfoAsync(string stream, string user) => JsonNode.Parse((await _connections[user].RequestAsync("$JS.API.STREAM.INFO." + stream, "")).Text)!;

    // The identity at the end of a source's header is anybody's.
    private static string HeadersOf(string block) => string.Join('|', Encoding.UTF8.GetString(Convert.FromBase64String(block)).Split("\r\n").Select(static line =>
        line.StartsWith("Nats-Stream-Source: ", StringComparison.Ordinal) ? string.Join(' ', line.Split(' ').Take(6)) : line));

    private static void Clean(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array) Clean(item);
            return;
        }

        if (node is not JsonObject json) return;
        foreach (string name in Unlike) json.Remove(name);
        if (json["active"]?.GetValueKind() == JsonValueKind.Number) json["active"] = json["active"]!.GetValue<long>() >= 0;
        foreach ((_, JsonNode? value) in json) Clean(value);
    }
}
