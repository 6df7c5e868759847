using System.Text;
using System.Text.RegularExpressions;
using DotNats;
using DotNats.Security;
using Microsoft.Extensions.Time.Testing;
using Server.Tests.Harness;
using Shouldly;

namespace Server.Tests.Authentication.Callout;

/// <summary>A server that asks a service, and the service, played by a client of the test.</summary>
internal sealed class CalloutParty : IAsyncDisposable
{
    public const string Violation = "-ERR 'Authorization Violation'";

    private readonly NatsServer _server;
    private readonly List<Dialogue> _clients = [];

    private CalloutParty(NatsServer server, NKey issuer, FakeTimeProvider time, RecordedLog log)
    {
        _server = server;
        Issuer = issuer;
        Time = time;
        Log = log;
    }

    public NatsServer Server => _server;

    /// <summary>Signs for the account of the service.</summary>
    public NKey Issuer { get; }

    public FakeTimeProvider Time { get; }

    public RecordedLog Log { get; }

    /// <summary>The connection of the service; it has subscribed to the questions.</summary>
    public Dialogue Service { get; private set; } = null!;

    public static NatsServerOptions OptionsFor(NKey issuer) => new()
    {
        Host = "127.0.0.1",
        Port = -1,
        ServerName = "srv",
        ServerTags = ["blue"],
        Accounts =
        [
            new AccountOptions { Name = "AUTH", Users = [new UserOptions { Username = "auth", Password = "pwd" }] },
            new AccountOptions { Name = "APP", Users = [new UserOptions { Username = "known", Password = "known" }] },
        ],
        Authorization = new AuthorizationOptions { AuthCallout = new AuthCalloutOptions { Issuer = issuer.PublicKey, Account = "AUTH", AuthUsers = ["auth"] } },
    };

    public static async Task<CalloutParty> StartAsync(Func<NatsServerOptions, NatsServerOptions>? change = null, bool withService = true)
    {
        NKey issuer = NKey.Create(NKeyKind.Account);
        NatsServerOptions options = OptionsFor(issuer);
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        var log = new RecordedLog();
        var dependencies = new NatsServerDependencies { TimeProvider = time, LoggerFactory = log };
        var party = new CalloutParty(await NatsServer.StartAsync(change?.Invoke(options) ?? options, dependencies), issuer, time, log);
        if (withService)
        {
            party.Service = await party.Open().ConnectAsync("\"user\":\"auth\",\"pass\":\"pwd\"");
            party.Service.Send("SUB $SYS.REQ.USER.AUTH 1");
            await party.Service.FenceAsync();
        }

        return party;
    }

    public Dialogue Open()
    {
        var client = new Dialogue(_server.ConnectInProcess());
        _clients.Add(client);
        return client;
    }

    /// <summary>A client that has said CONNECT and PING; what it hears depends on the service.</summary>
    public async Task<Dialogue> BeginAsync(string more = "\"user\":\"dyn\",\"pass\":\"amic\"")
    {
        Dialogue client = Open();
        await client.ReadInfoAsync();
        client.Send($$"""CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1,{{more}}}""", "PING");
        return client;
    }

    /// <summary>The next question to the service.</summary>
    public async Task<Question> NextAsync()
    {
        string line = (await Service.ReadLineAsync()).ShouldNotBeNull();
        string[] words = line.Split(' ');
        words[1].ShouldBe("$SYS.REQ.USER.AUTH");
        byte[] body = await Service.ReadBytesAsync(int.Parse(words[^1]));
        int headerLength = words[0] == "HMSG" ? int.Parse(words[^2]) : 0;
        return new Question(words[3], Encoding.ASCII.GetString(body, 0, headerLength), body[headerLength..]);
    }

    public void Answer(Question question, ReadOnlySpan<byte> payload)
    {
        Service.SendBytes([.. Encoding.ASCII.GetBytes($"PUB {question.Reply} {payload.Length}\r\n"), .. payload, .. "\r\n"u8]);
    }

    public void Answer(Question question, string payload) => Answer(question, Encoding.UTF8.GetBytes(payload));

    /// <summary>A user the service vouches for.</summary>
    public UserClaims UserFor(Question question, string account = "APP") => new()
    {
        Subject = question.Claims.UserNKey,
        Name = "guest",
        Audience = account,
        IssuedAtSeconds = Time.GetUtcNow().ToUnixTimeSeconds(),
        Limits = UserLimitsClaim.Unlimited,
    };

    public AuthorizationResponseClaims ResponseFor(Question question, UserClaims user, NKey? signer = null) =>
        new() { Subject = question.Claims.UserNKey, Audience = question.Claims.Server.Id, Jwt = JwtWriter.Write(user, signer ?? Issuer) };

    /// <summary>The answer that lets a client in.</summary>
    public string Accept(Question question, string account = "APP") => JwtWriter.Write(ResponseFor(question, UserFor(question, account)), Issuer);

    /// <summary>The client is told that it may not, and closed; the server may have asked it for a sign of life before.</summary>
    public static async Task RefusedAsync(Dialogue client)
    {
        string? line = await client.ReadLineAsync();
        while (line == "PING") line = await client.ReadLineAsync();
        line.ShouldBe(Violation);
        (await client.ReadLineAsync()).ShouldBeNull();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Dialogue client in _clients) await client.DisposeAsync();
        await _server.DisposeAsync();
        Issuer.Dispose();
    }
}

/// <summary>What the service was asked.</summary>
internal sealed record Question(string Reply, string Headers, byte[] Payload)
{
    public AuthorizationRequestClaims Claims => Read(Payload);

    public static AuthorizationRequestClaims Read(ReadOnlySpan<byte> jwt)
    {
        JwtReader.TryReadAuthorizationRequest(jwt, out AuthorizationRequestClaims? claims, out JwtError error).ShouldBeTrue(error.Text);
        return claims!;
    }

    /// <summary>The server's curve key in the header.</summary>
    public string ServerXKey => Regex.Match(Headers, "Nats-Server-Xkey: (X[A-Z2-7]+)\r\n").Groups[1].Value;
}
