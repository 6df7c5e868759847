using System.Buffers.Text;
using System.Text.Json;
using DotNats;
using DotNats.Security;
using DotNats.Server.Authentication;
using DotNats.Server.Monitoring;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication.Proxies;

public sealed class TrustedProxiesTests
{
    private static readonly NKey Proxy = NKey.Create(NKeyKind.User);
    private static readonly NKey Other = NKey.Create(NKeyKind.Server);

    private static readonly NatsServerOptions Options = new()
    {
        Proxies = new ProxyTrustOptions { TrustedKeys = [Other.PublicKey, Proxy.PublicKey] },
        Authorization = new AuthorizationOptions
        {
            Users = [new UserOptions { Username = "a", Password = "a", ProxyRequired = true }, new UserOptions { Username = "b", Password = "b" }],
        },
    };

    [Theory]
    [InlineData("good", "Trusted", null)]
    [InlineData("none", "Direct", null)]
    [InlineData("another nonce", "NotTrusted", "proxy is not trusted")]
    [InlineData("a stranger's", "NotTrusted", "proxy is not trusted")]
    [InlineData("cut", "NotTrusted", "proxy is not trusted")]
    [InlineData("padded", "NotTrusted", "Proxy signature not valid base64")]
    [InlineData("no base64", "NotTrusted", "Proxy signature not valid base64")]
    public void Judges(string kind, string standing, string? flaw)
    {
        byte[] nonce = "nonce"u8.ToArray();
        using NKey stranger = NKey.Create(NKeyKind.User);
        string? signature = kind switch
        {
            "good" => Sign(Proxy, nonce),
            "none" => null,
            "another nonce" => Sign(Proxy, "other"u8),
            "a stranger's" => Sign(stranger, nonce),
            "cut" => Base64Url.EncodeToString(Proxy.Sign(nonce).AsSpan(0, 60)),
            "padded" => Convert.ToBase64String(Proxy.Sign(nonce)),
            _ => "!" + Sign(Proxy, nonce)[1..],
        };
        ProxyVerdict verdict = new TrustedProxies(Options).Check(signature, nonce);
        (verdict.Standing.ToString(), verdict.Flaw, verdict.Key).ShouldBe((standing, flaw, standing == "Trusted" ? Proxy.PublicKey : null));
    }

    [Fact]
    public void Signatures_mean_nothing_where_no_proxy_is_trusted() =>
        new TrustedProxies(new NatsServerOptions()).Check("anything", default).Standing.ShouldBe(ProxyStanding.Direct);

    [Fact]
    public async Task A_user_that_needs_a_proxy_comes_through_one_and_monitoring_shows_it()
    {
        await using TestServer server = await TestServer.StartAsync(Options);
        Dialogue client = server.Open();
        await client.ConnectAsync($"\"user\":\"a\",\"pass\":\"a\",\"proxy_sig\":\"{Sign(Proxy, await NonceOfAsync(client))}\"");
        MonitoringReports monitoring = server.Server.Monitoring;
        monitoring.Connz(new ConnzQuery()).Connections.ShouldNotBeNull().Single().Proxy.ShouldBe(new ProxyInfo(Proxy.PublicKey));
        monitoring.Varz().Proxies.ShouldNotBeNull().Trusted.ShouldBe([new ProxyInfo(Other.PublicKey), new ProxyInfo(Proxy.PublicKey)]);
    }

    [Fact]
    public async Task Without_a_proxy_it_is_refused_and_others_are_not()
    {
        await using TestServer server = await TestServer.StartAsync(Options);
        await server.ConnectAsync("\"user\":\"b\",\"pass\":\"b\"");
        await RefusedAsync(server, "\"user\":\"a\",\"pass\":\"a\"", "Proxy Required");
    }

    [Fact]
    public async Task A_signature_of_no_trusted_proxy_refuses_everybody()
    {
        await using TestServer server = await TestServer.StartAsync(Options);
        await RefusedAsync(server, "\"user\":\"b\",\"pass\":\"b\",\"proxy_sig\":\"bm9uc2Vuc2U\"", "Proxy Not Trusted");

        await using TestServer open = await TestServer.StartAsync(Options with { Authorization = new AuthorizationOptions() });
        await RefusedAsync(open, "\"proxy_sig\":\"bm9uc2Vuc2U\"", "Proxy Not Trusted");
        await open.ConnectAsync();
    }

    [Fact]
    public async Task A_nonce_used_before_is_not_signed_for_the_next_connection()
    {
        await using TestServer server = await TestServer.StartAsync(Options);
        Dialogue first = server.Open();
        string signature = Sign(Proxy, await NonceOfAsync(first));
        await RefusedAsync(server, $"\"user\":\"a\",\"pass\":\"a\",\"proxy_sig\":\"{signature}\"", "Proxy Not Trusted");
    }

    [Fact]
    public async Task A_key_that_a_reload_removes_takes_its_connections_along()
    {
        await using TestServer server = await TestServer.StartAsync(Options);
        Dialogue proxied = server.Open();
        await proxied.ConnectAsync($"\"user\":\"a\",\"pass\":\"a\",\"proxy_sig\":\"{Sign(Proxy, await NonceOfAsync(proxied))}\"");
        Dialogue through = server.Open();
        await through.ConnectAsync($"\"user\":\"b\",\"pass\":\"b\",\"proxy_sig\":\"{Sign(Other, await NonceOfAsync(through))}\"");
        Dialogue direct = await server.ConnectAsync("\"user\":\"b\",\"pass\":\"b\"");
        await server.Server.ReloadAsync(server.Server.Options with { Proxies = new ProxyTrustOptions { TrustedKeys = [Other.PublicKey] } });
        await proxied.ExpectClosedAsync("-ERR 'Authorization Violation'");
        ReasonOf(server).ShouldBe("Proxy Not Trusted");
        (await through.FenceAsync()).ShouldBeEmpty();
        (await direct.FenceAsync()).ShouldBeEmpty();
        // With proxies for whom nobody has to sign any more, nobody is told a nonce.
        await server.Server.ReloadAsync(server.Server.Options with { Proxies = null });
        (await server.Open().ReadInfoAsync()).ShouldNotContain("nonce");
        await through.ExpectClosedAsync("-ERR 'Authorization Violation'");
        (await direct.FenceAsync()).ShouldBeEmpty();
    }

    private static async Task RefusedAsync(TestServer server, string more, string reason)
    {
        Dialogue client = server.Open();
        await client.ReadInfoAsync();
        client.Send($$"""CONNECT {"verbose":false,{{more}}}""");
        await client.ExpectClosedAsync("-ERR 'Authorization Violation'");
        ReasonOf(server).ShouldBe(reason);
    }

    private static string? ReasonOf(TestServer server) =>
        server.Server.Monitoring.Connz(new ConnzQuery { State = ConnectionState.Closed }).Connections.ShouldNotBeNull()[^1].Reason;

    private static async Task<byte[]> NonceOfAsync(Dialogue client)
    {
        using JsonDocument info = JsonDocument.Parse(await client.ReadInfoAsync());
        return System.Text.Encoding.ASCII.GetBytes(info.RootElement.GetProperty("nonce").GetString()!);
    }

    private static string Sign(NKey key, ReadOnlySpan<byte> nonce) => Base64Url.EncodeToString(key.Sign(nonce));
}
