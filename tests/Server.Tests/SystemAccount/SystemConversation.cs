using System.Text;
using System.Text.Json;
using DotNats;
using Server.Tests.Harness;

namespace Server.Tests.SystemAccount;

/// <summary>A server with the accounts A and SYS, and a client in the latter that listens and asks.</summary>
internal sealed class SystemConversation : IAsyncDisposable
{
    private int _lastInbox;

    private SystemConversation(TestServer server, Dialogue system)
    {
        Server = server;
        System = system;
    }

    public TestServer Server { get; }

    /// <summary>The client in the system account.</summary>
    public Dialogue System { get; }

    public string ServerId => Server.Server.ServerId;

    public static NatsServerOptions Options { get; } = new()
    {
        ServerName = "srv",
        ServerTags = ["t:1"],
        ServerMetadata = new Dictionary<string, string> { ["k"] = "v" },
        Accounts =
        [
            new AccountOptions { Name = "A", Users = [new UserOptions { Username = "a", Password = "a" }] },
            new AccountOptions { Name = "SYS", Users = [new UserOptions { Username = "sys", Password = "sys" }] },
        ],
        SystemAccount = "SYS",
    };

    public static async Task<SystemConversation> StartAsync(NatsServerOptions? options = null, NatsServerDependencies? dependencies = null)
    {
        TestServer server = await TestServer.StartAsync(options ?? Options, dependencies);
        var talk = new SystemConversation(server, await server.OpenTcp().ConnectAsync("\"user\":\"sys\",\"pass\":\"sys\""));
        talk.System.Send("SUB inbox.> 1");
        await talk.System.FenceAsync();
        return talk;
    }

    /// <summary>A client in account A, over a socket.</summary>
    public Task<Dialogue> ConnectAsync(string more = "\"name\":\"app\",\"lang\":\"go\",\"version\":\"1.2.3\"") =>
        Server.OpenTcp().ConnectAsync("\"user\":\"a\",\"pass\":\"a\"," + more);

    /// <summary>Has events sent to the client in the system account.</summary>
    public async Task ListenAsync(params string[] subjects)
    {
        for (int i = 0; i < subjects.Length; i++) System.Send($"SUB {subjects[i]} {100 + i}");
        await System.FenceAsync();
    }

    /// <summary>The next message: its subject and its payload.</summary>
    public async Task<(string Subject, string Payload)> NextAsync()
    {
        string line = await ReadLineAsync() ?? throw new Shouldly.ShouldAssertException("expected a message but got the end");
        if (!line.StartsWith("MSG ", StringComparison.Ordinal)) throw new Shouldly.ShouldAssertException($"expected a message but got '{line}'");
        return (line.Split(' ')[1], (await System.ReadLineAsync())!);
    }

    /// <summary>The next line of the client in the system account; PINGs are answered and passed over, as the clock is turned far.</summary>
    public async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            string? line = await System.ReadLineAsync();
            if (line != "PING") return line;
            System.Send("PONG");
        }
    }

    /// <summary>Everything sent to that client so far.</summary>
    public async Task<List<string>> FenceAsync()
    {
        List<string> lines = await System.FenceAsync();
        if (lines.RemoveAll(line => line == "PING") > 0) System.Send("PONG");
        return lines;
    }

    /// <summary>The next message on a subject that holds this part; others are passed over.</summary>
    public async Task<string> NextAsync(string part)
    {
        while (true)
        {
            (string subject, string payload) = await NextAsync();
            if (subject.Contains(part, StringComparison.Ordinal)) return payload;
        }
    }

    /// <summary>Asks and returns the answer; <c>@ID</c> in the subject is the server's id.</summary>
    public async Task<string> RequestAsync(string subject, string body = "")
    {
        string inbox = Ask(subject, body);
        return await NextAsync(inbox);
    }

    public async Task<JsonElement> RequestJsonAsync(string subject, string body = "") => JsonDocument.Parse(await RequestAsync(subject, body)).RootElement;

    /// <summary>True when a request stays without an answer, though a later one has got its own.</summary>
    public async Task<bool> IsIgnoredAsync(string subject, string body = "")
    {
        string inbox = Ask(subject, body);
        // Statistics have a queue of their own; order holds within one.
        string next = Ask(subject.EndsWith("SERVER.PING.STATSZ", StringComparison.Ordinal) ? "$SYS.REQ.SERVER.@ID.STATSZ" : "$SYS.REQ.SERVER.@ID.RAFTZ", "");
        while (true)
        {
            (string answered, _) = await NextAsync();
            if (answered == inbox) return false;
            if (answered == next) return true;
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private string Ask(string subject, string body)
    {
        string inbox = $"inbox.{++_lastInbox}";
        System.Send($"PUB {subject.Replace("@ID", ServerId, StringComparison.Ordinal)} {inbox} {Encoding.UTF8.GetByteCount(body)}", body);
        return inbox;
    }
}
