using System.Text;
using System.Text.Json;
using DotNats.Server.InternalClients;
using JetStream.Tests.Harness;
using Server.Tests.Harness;

namespace JetStream.Tests.Origins;

/// <summary>A client that plays the server of a stream "A" elsewhere, under the API prefix X.API: it says and sends what it likes.</summary>
internal sealed class FakeOrigin(StreamServer server, Dialogue client)
{
    public const string Source = """{"name":"A","external":{"api":"X.API","deliver":"X.D"}}""";

    public static async Task<FakeOrigin> StartAsync(StreamServer server)
    {
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB X.API.> 1");
        await client.FenceAsync();
        return new FakeOrigin(server, client);
    }

    /// <summary>Waits for a request, turning the clock.</summary>
    public async Task<(string Subject, string Reply, string Headers, JsonElement Config)> NextRequestAsync()
    {
        Task<string?> next = client.ReadLineAsync();
        await TurnUntilAsync(() => next.IsCompleted, "a request");
        string line = (await next)!;
        while (line == "PING")
        {
            client.Send("PONG");
            next = client.ReadLineAsync();
            await TurnUntilAsync(() => next.IsCompleted, "a request");
            line = (await next)!;
        }

        string[] words = line.Split(' ');
        byte[] body = await client.ReadBytesAsync(int.Parse(words[^1]));
        int headers = words[0] == "HMSG" ? int.Parse(words[4]) : 0;
        JsonElement config = body.Length > headers ? JsonDocument.Parse(body.AsMemory(headers)).RootElement.GetProperty("config") : default;
        return (words[1], words[3], Encoding.UTF8.GetString(body, 0, headers), config);
    }

    /// <summary>Answers a request with a consumer and waits until somebody listens to what it sends; returns its subject.</summary>
    public async Task<string> AcceptAsync(string consumer, string reply, JsonElement config, ulong delivered = 0, string identity = "one")
    {
        string deliver = config.GetProperty("deliver_subject").GetString()!;
        Answer(reply, $$$"""{"name":"{{{consumer}}}","config":{"deliver_subject":"{{{deliver}}}","ack_policy":"none"},"delivered":{"consumer_seq":0,"stream_seq":{{{delivered}}} } }""", identity);
        byte[] subject = Encoding.UTF8.GetBytes(deliver);
        await Eventually.HoldsAsync(() => server.Core.Accounts.Global.Subscriptions.HasInterest(subject), "somebody listens");
        return deliver;
    }

    public void Answer(string reply, string json, string identity = "")
    {
        string headers = identity.Length > 0 ? $"NATS/1.0\r\nNats-Stream-Identity: {identity}\r\n\r\n" : "NATS/1.0\r\n\r\n";
        client.SendBytes(Encoding.UTF8.GetBytes($"HPUB {reply} {headers.Length} {headers.Length + json.Length}\r\n{headers}{json}\r\n"));
    }

    /// <summary>A message of the stream; no client could send it, whose replies must not look like acknowledgements.</summary>
    public void Send(string deliver, string consumer, ulong stream, ulong sequence, string payload, ulong pending = 0) =>
        InternalPublisher.Publish(
            server.Core, server.Core.Accounts.Global, Encoding.UTF8.GetBytes(deliver), Encoding.UTF8.GetBytes($"$JS.ACK.A.{consumer}.1.{stream}.{sequence}.{1_000_000_000 + stream}.{pending}"),
            default, Encoding.UTF8.GetBytes(payload));

    public void SendControl(string deliver, string headers, string reply = "")
    {
        string block = $"NATS/1.0 100 {headers}\r\n\r\n";
        InternalPublisher.Publish(server.Core, server.Core.Accounts.Global, Encoding.UTF8.GetBytes(deliver), Encoding.UTF8.GetBytes(reply), Encoding.UTF8.GetBytes(block), default);
    }

    public async Task<(string Subject, string Headers)> ReadReplyAsync()
    {
        string line = (await client.ReadLineAsync())!;
        string[] words = line.Split(' ');
        byte[] body = await client.ReadBytesAsync(int.Parse(words[^1]));
        return (words[1], Encoding.UTF8.GetString(body));
    }

    public Task TurnUntilAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            if (condition()) return true;
            server.Time.Advance(TimeSpan.FromMilliseconds(500));
            return false;
        },
        what);

    /// <summary>Hears what is published from now on: others than clients publish beside the connection.</summary>
    public Task ListenAsync(string subject)
    {
        client.Send($"SUB {subject} 9");
        return client.FenceAsync();
    }
}
