using System.Text;
using DotNats;
using DotNats.Configuration;
using DotNats.Server.Accounts;
using Server.Tests.Harness;

namespace Server.Tests.Accounts;

/// <summary>A server with accounts, each with a user of its own name in lower case and without a password worth the name.</summary>
internal sealed class SharingServer(TestServer server) : IAsyncDisposable
{
    public TestServer Server { get; } = server;

    /// <summary>Starts with accounts given as <c>("A", "exports: [ … ]")</c>.</summary>
    public static async Task<SharingServer> StartAsync(params (string Name, string Content)[] accounts) =>
        new(await TestServer.StartAsync(Options(accounts)));

    public static NatsServerOptions Options(params (string Name, string Content)[] accounts)
    {
        ConfigResult result = ConfigLoader.LoadText(Text(accounts));
        return result.Options ?? throw new InvalidOperationException(string.Join('\n', result.Errors));
    }

    /// <summary>What is wrong with such accounts, in nats-server's words.</summary>
    public static string Error(params (string Name, string Content)[] accounts) => string.Join('\n', ConfigLoader.LoadText(Text(accounts)).Errors.Select(error => error.Message));

    /// <summary>An account as the server has it.</summary>
    public Account Account(string name) =>
        Server.Server.Core.Accounts.TryGet(name, out Account? account) ? account : throw new InvalidOperationException($"no account {name}");

    /// <summary>Subscriptions in an account's table, without those by which the server lets it ask about itself.</summary>
    public int CountSubscriptions(string name) => Account(name).Subscriptions.Snapshot().Count(subscription => !subscription.Subject.AsSpan().StartsWith("$SYS."u8));

    /// <summary>Other content for the accounts, while everybody stays connected.</summary>
    public Task ReloadAsync(params (string Name, string Content)[] accounts) =>
        Server.Server.ReloadAsync(Options(accounts) with { Host = "127.0.0.1", Port = -1 });

    /// <summary>A client of an account, past CONNECT.</summary>
    public async Task<Dialogue> ConnectAsync(string account, string more = "", params string[] lines)
    {
        string user = account.ToLowerInvariant();
        if (more.Length > 0) more = "," + more;
        Dialogue client = await Server.ConnectAsync($"\"user\":\"{user}\",\"pass\":\"{user}\"{more}");
        client.Send(lines);
        await client.FenceAsync();
        return client;
    }

    /// <summary>Publishes and returns what the publisher itself was sent meanwhile.</summary>
    public static async Task<List<string>> PublishAsync(Dialogue client, string subject, string payload = "x", string reply = "", params string[] headers)
    {
        if (headers.Length == 0)
        {
            client.Send($"PUB {subject} {reply} {payload.Length}", payload);
        }
        else
        {
            string block = "NATS/1.0\r\n" + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n";
            client.SendBytes(Encoding.Latin1.GetBytes($"HPUB {subject} {reply} {block.Length} {block.Length + payload.Length}\r\n{block}{payload}\r\n"));
        }

        return await client.FenceAsync();
    }

    /// <summary>Takes the one message that has come and returns its reply subject.</summary>
    public static async Task<string> TakeReplyAsync(Dialogue client)
    {
        List<string> lines = await client.FenceAsync();
        string[] parts = lines[0].Split(' ');
        return parts.Length == (parts[0] == "HMSG" ? 6 : 5) ? parts[3] : throw new Shouldly.ShouldAssertException($"no reply subject in '{lines[0]}'");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static string Text((string Name, string Content)[] accounts) =>
        "accounts {\n" + string.Concat(accounts.Select(account => $"{account.Name} {{ users: [ {{user: {account.Name.ToLowerInvariant()}, password: {account.Name.ToLowerInvariant()}}} ]\n{account.Content} }}\n")) + "}\n";
}
