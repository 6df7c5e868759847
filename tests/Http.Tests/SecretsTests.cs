using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using DotNats;
using DotNats.Configuration;
using DotNats.Http;
using DotNats.Security;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Http.Tests;

/// <summary>Everything a server with all its logs on says while people prove who they are, or fail to.</summary>
public sealed partial class SecretsTests
{
    private const string Secret = "s3cr3t";

    private static readonly string[] Pages =
    [
        "/varz", "/connz?auth=1&subs=detail&state=all", "/connz", "/routez", "/gatewayz", "/leafz", "/subsz?subs=1", "/accountz", "/accountz?acc=A",
        "/accstatz?unused=1", "/jsz?accounts=1&config=1", "/healthz", "/stacksz", "/ipqueuesz", "/raftz", "/debug/vars",
    ];

    [Fact]
    public async Task Passwords_tokens_and_signatures_are_neither_logged_nor_shown()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        const string hash = "$2b$04$abcdefghijklmnopqrstuutwBKExoJKC12UbUq/7D7ypI.HCZVdm6";
        await using Observed server = await Observed.StartAsync($$"""
            accounts {
              A { users: [ {user: alice, password: "{{Secret}},\"}a"}, {user: bob, password: "{{hash}}"}, {nkey: {{key.PublicKey}}} ] }
              SYS { users: [ {user: sys, password: {{Secret}}-sys} ] }
            }
            system_account: SYS
            """);
        using Talk system = await server.OpenAsync();
        await system.SayAsync($$"""CONNECT {"user":"sys","pass":"{{Secret}}-sys"}""", "SUB $SYS.> 1");
        string[] logins =
        [
            $$"""CONNECT {"user":"alice","pass":"{{Secret}},\"}a","verbose":false}""",
            $$"""CONNECT {"user":"alice","PASS":"{{Secret}},\"}a"}""",
            $$"""CONNECT {"user":"alice","p\u0061ss":"{{Secret}} wrong, or not"}""",
            $$"""CONNECT {"user":"bob","pass":"{{Secret}}-b"}""",
            $$"""CONNECT {"auth_token":"{{Secret}}","name":"n"}""",
            $$"""CONNECT {"auth_token":["{{Secret}}"]}""",
            $$"""CONNECT {"user":"alice","pass":"{{Secret}}""",
            $$"""CONNECT {"sig":"{{Secret}}","proxy_sig":"{{Secret}}","nkey":"{{key.PublicKey}}"}""",
            $$"""CONNECT {"user":"","pass":"{{Secret}}"}""",
        ];
        foreach (string login in logins)
        {
            using Talk client = await server.OpenAsync();
            await client.SayAsync(login, "SUB a 1", "PUB a 1", "x");
        }

        using Talk twice = await server.OpenAsync();
        await twice.SayAsync($$"""CONNECT {"user":"alice","pass":"{{Secret}},\"}a"}""", $$"""CONNECT {"user":"alice","pass":"{{Secret}}"}""");
        await server.CheckAsync(system, hash);
    }

    [Fact]
    public async Task So_is_the_token_of_the_server()
    {
        await using Observed server = await Observed.StartAsync($$"""authorization { token: "{{Secret}}" }""");
        foreach (string token in (string[])[Secret, Secret + "x"])
        {
            using Talk client = await server.OpenAsync();
            await client.SayAsync($$"""CONNECT {"auth_token":"{{token}}"}""");
        }

        await server.CheckAsync(null);
    }

    [Fact]
    public async Task The_jwt_of_a_bearer_is_neither_logged_nor_shown()
    {
        using NKey signer = NKey.Create(NKeyKind.Operator), account = NKey.Create(NKeyKind.Account), user = NKey.Create(NKeyKind.User);
        string operatorJwt = JwtWriter.Write(new OperatorClaims { Subject = signer.PublicKey, Name = "o", IssuedAtSeconds = 1 }, signer);
        string accountJwt = JwtWriter.Write(new AccountClaims { Subject = account.PublicKey, Name = "a", IssuedAtSeconds = 1, Limits = AccountLimitsClaim.Unlimited }, signer);
        UserClaims claims = new() { Subject = user.PublicKey, IssuedAtSeconds = 1, Limits = UserLimitsClaim.Unlimited with { BearerToken = true } };
        string bearer = JwtWriter.Write(claims, account), expired = JwtWriter.Write(claims with { ExpiresAtSeconds = 2 }, account);
        await using Observed server = await Observed.StartAsync(
            $"operator: {operatorJwt}\nresolver: MEMORY\nresolver_preload {{ {account.PublicKey}: {accountJwt} }}\nsystem_account: {account.PublicKey}\n");
        using Talk system = await server.OpenAsync();
        await system.SayAsync($$"""CONNECT {"jwt":"{{bearer}}"}""", "SUB $SYS.> 1");
        using Talk late = await server.OpenAsync();
        await late.SayAsync($$"""CONNECT {"jwt":"{{expired}}"}""");
        using Talk again = await server.OpenAsync();
        await again.SayAsync($$"""CONNECT {"jwt":"{{bearer}}"}""");
        await server.CheckAsync(system, bearer, expired, bearer.Split('.')[2], expired.Split('.')[2], signer.GetSeed(), account.GetSeed(), user.GetSeed());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_authorization_service_is_asked_is_not_logged(bool isSealed)
    {
        using NKey issuer = NKey.Create(NKeyKind.Account), curve = NKey.Create(NKeyKind.Curve);
        await using Observed server = await Observed.StartAsync($$"""
            accounts { AUTH { users: [ {user: auth, password: {{Secret}}-auth} ] }, A {} }
            authorization { timeout: 1, auth_callout { issuer: {{issuer.PublicKey}}, account: AUTH, auth_users: [ auth ] {{(isSealed ? $", xkey: {curve.PublicKey}" : "")}} } }
            """);
        using Talk service = await server.OpenAsync();
        await service.SayAsync($$"""CONNECT {"user":"auth","pass":"{{Secret}}-auth"}""", "SUB $SYS.REQ.USER.AUTH 1");
        using Talk client = await server.OpenAsync();
        await client.SayAsync($$"""CONNECT {"user":"u","pass":"{{Secret}}"}""");
        await service.HearAsync("MSG $SYS.REQ.USER.AUTH 1");
        server.Log.ShouldContain(line => line.Contains("$SYS.REQ.USER.AUTH 1", StringComparison.Ordinal));
        await server.CheckAsync(null, issuer.GetSeed(), curve.GetSeed());
    }

    [Fact]
    public async Task What_a_proxy_proves_itself_with_is_neither_logged_nor_shown()
    {
        using NKey proxy = NKey.Create(NKeyKind.Server);
        await using Observed server = await Observed.StartAsync($$"""
            accounts { A { users: [ {user: a, password: {{Secret}}, proxy_required: true} ] }, SYS { users: [ {user: sys, password: {{Secret}}-sys} ] } }
            system_account: SYS
            proxies { trusted: [ { key: {{proxy.PublicKey}} } ] }
            """);
        using Talk system = await server.OpenAsync();
        await system.SayAsync($$"""CONNECT {"user":"sys","pass":"{{Secret}}-sys"}""", "SUB $SYS.> 1");
        string signature = Base64Url.EncodeToString(proxy.Sign("x"u8));
        foreach (string proof in (string[])[Secret, signature])
        {
            using Talk client = await server.OpenAsync();
            await client.SayAsync($$"""CONNECT {"user":"a","pass":"{{Secret}}","proxy_sig":"{{proof}}"}""");
        }

        await server.CheckAsync(system, proxy.GetSeed(), signature);
    }

    /// <summary>Mistakes around something secret: <c>@</c> is the secret, <c>^</c> a seed where a public key is wanted.</summary>
    public static TheoryData<string> Mistakes =>
    [
        """cluster { listen: "127.0.0.1:-1", routes: [ "nats://u:@@[bad" ] }""",
        """cluster { listen: "127.0.0.1:-1", routes: [ "nats://u:@/x@@[bad" ] }""",
        """cluster { listen: "127.0.0.1:-1", routes: [ "nats://u:@@h:1", "nats://u:@@h:1" ] }""",
        """cluster { listen: "127.0.0.1:-1", authorization { user: a, password: @, users: [] } }""",
        """cluster { listen: "127.0.0.1:-1", authorization { token: @ } }""",
        """gateway { name: A, gateways: [ {name: B, url: "nats://u:@@[bad"} ] }""",
        """gateway { name: A, gateways: [ {name: B, urls: ["nats://u:@@h:1", "nats://u:@@h:1"]} ] }""",
        """leafnodes { remotes: [ {url: "nats://u:@@[bad"} ] }""",
        """leafnodes { remotes: [ {urls: ["nats://u:@@h:1", "nats://u:@@h:1"]} ] }""",
        """leafnodes { remotes: [ {urls: ["nats://u:@@h:1", "ws://u:@@h:1"]} ] }""",
        """leafnodes { remotes: [ {url: "nats://u:@@h:1", account: nope} ] }""",
        """leafnodes { remotes: [ {url: "nats://u:@@h:1"}, {url: "nats://u:@@h:1"} ] }""",
        """leafnodes { remotes: [ {url: "ws://u:@@h:1", proxy: {url: "http://p:@@[h:1"} } ] }""",
        """leafnodes { remotes: [ {url: "ws://u:@@h:1", proxy: {url: "ftp://p:@@h:1"} } ] }""",
        """leafnodes { remotes: [ {url: "nats://h:1", nkey: ^x} ] }""",
        """leafnodes { listen: "127.0.0.1:-1", authorization { user: a, password: @, users: [ {user: a, password: @} ] } }""",
        """resolver: URL("http://u:@@[bad")""",
        """authorization { user: a, password: @, token: @ }""",
        """authorization { users: [ {user: a, password: @}, {user: a, password: @} ] }""",
        """authorization { user: a, password: [ @ ] }""",
        """authorization { user: a, password: { x: @ } }""",
        """authorization { users: [ {nkey: ^} ] }""",
        """authorization { auth_callout { issuer: ^, auth_users: [ a ] } }""",
        """authorization { auth_callout { issuer: ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA, auth_users: [ a ], xkey: ^ } }""",
        """authorization { user: a, password: "@""",
        """accounts { A { nkey: ^ } }""",
        """proxies { trusted: [ {key: ^} ] }""",
        """trusted_keys: ^""",
        """jetstream { key: @, cipher: foo }""",
        """jetstream { key: [ @ ] }""",
        """mqtt { port: -1, token: [ @ ] }""",
    ];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task What_is_wrong_with_a_configuration_is_told_without_secrets(string mistake)
    {
        using NKey key = NKey.Create(NKeyKind.Account);
        string text = mistake.Replace("@@", Secret + "\0", StringComparison.Ordinal).Replace("@", Secret, StringComparison.Ordinal)
            .Replace("\0", "@", StringComparison.Ordinal).Replace("^", key.GetSeed(), StringComparison.Ordinal);
        ConfigResult result = ConfigLoader.LoadText("host: 127.0.0.1, port: -1\n" + text);
        string told = string.Join('\n', result.Errors.Select(error => error.ToString()).Concat(result.Warnings.Select(warning => warning.ToString())));
        if (result.Options is { } options)
        {
            RecordingLogger log = new();
            Exception failure = await Should.ThrowAsync<Exception>(() => NatsServer.StartAsync(options, new NatsServerDependencies { LoggerFactory = log }));
            told += $"\n{failure}\n{string.Join('\n', log.Lines)}";
        }

        told.ShouldNotBeEmpty();
        Leaks(told, [key.GetSeed()]).ShouldBeFalse(told);
    }

    [Fact]
    public async Task A_key_file_that_cannot_be_read_is_not_shown()
    {
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, $"-----BEGIN PRIVATE KEY-----\n{Secret}\n-----END PRIVATE KEY-----\n", TestContext.Current.CancellationToken);
        try
        {
            ConfigResult result = ConfigLoader.LoadText($"host: 127.0.0.1, port: -1, tls {{ cert_file: \"{path}\", key_file: \"{path}\" }}");
            string told = string.Join('\n', result.Errors);
            told.ShouldNotBeEmpty();
            Leaks(told, []).ShouldBeFalse(told);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // In clear, or inside anything that decodes.
    private static bool Leaks(string text, string[] secrets)
    {
        if (text.Contains(Secret, StringComparison.Ordinal) || secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal))) return true;
        foreach (Match run in Encoded().Matches(text))
        {
            string body = run.Value[..(run.Value.Length / 4 * 4)];
            if (Base64Url.IsValid(body) && Encoding.Latin1.GetString(Base64Url.DecodeFromChars(body)).Contains(Secret, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    [GeneratedRegex("[A-Za-z0-9_-]{16,}")]
    private static partial Regex Encoded();

    /// <summary>A server with debug and trace logs, monitoring and diagnostics.</summary>
    private sealed class Observed(NatsServer server, RecordingLogger log) : IAsyncDisposable
    {
        public IEnumerable<string> Log => log.Lines.Select(line => line.Text);

        public static async Task<Observed> StartAsync(string configuration)
        {
            ConfigResult result = ConfigLoader.LoadText("debug: true, trace: true, trace_verbose: true, host: 127.0.0.1, port: -1, http: -1, prof_port: -1\n" + configuration);
            result.Errors.ShouldBeEmpty();
            RecordingLogger log = new();
            NatsServerDependencies dependencies = new() { Extensions = [new HttpMonitoring()], LoggerFactory = log };
            return new Observed(await NatsServer.StartAsync(result.Options!, dependencies), log);
        }

        public Task<Talk> OpenAsync() => Talk.OpenAsync(server.ClientEndPoint);

        /// <summary>Nothing that was said anywhere holds a secret, and all of it was said.</summary>
        public async Task CheckAsync(Talk? system, params string[] secrets)
        {
            using HttpClient http = new() { BaseAddress = new Uri($"http://{server.MonitoringEndPoint}") };
            foreach (string page in Pages)
            {
                using HttpResponseMessage reply = await http.GetAsync(new Uri(page, UriKind.Relative));
                string text = await reply.Content.ReadAsStringAsync();
                Leaks(text, secrets).ShouldBeFalse($"{page}: {text}");
            }

            if (system is not null)
            {
                await system.SayAsync("SUB in 9", "PUB $SYS.REQ.SERVER.PING.CONNZ in 13", """{"auth":true}""", "PUB $SYS.REQ.SERVER.PING.VARZ in 0", "");
                await system.HearAsync("\"server_id\"");
                Leaks(system.Heard, secrets).ShouldBeFalse(system.Heard);
            }

            Log.ShouldContain(line => line.Contains("<<- [CONNECT", StringComparison.Ordinal) && line.Contains("[REDACTED]", StringComparison.Ordinal));
            Log.ShouldAllBe(line => !Leaks(line, secrets));
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
