using System.Text.RegularExpressions;
using DotNats;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

/// <summary>
/// Events and answers beside those that nats-server 2.15.1 gave in the same situation (<c>Recorded/</c>): same keys in the same order, same
/// texts; numbers, times and ids only in their form.
/// </summary>
public sealed partial class RecordedTests
{
    [Theory]
    [InlineData("idz", "IDZ")]
    [InlineData("varz", "VARZ")]
    [InlineData("statsz", "STATSZ")]
    [InlineData("subsz", "SUBSZ")]
    [InlineData("routez", "ROUTEZ")]
    [InlineData("gatewayz", "GATEWAYZ")]
    [InlineData("leafz", "LEAFZ")]
    [InlineData("jsz", "JSZ")]
    [InlineData("healthz", "HEALTHZ")]
    [InlineData("healthz_error", "HEALTHZ", """{"stream":"s"}""")]
    [InlineData("healthz_details", "HEALTHZ", """{"stream":"s","details":true}""")]
    [InlineData("connz", "CONNZ", """{"acc":"A","auth":true,"subscriptions":true}""")]
    [InlineData("connz_bad_sort", "CONNZ", """{"sort":"zz"}""")]
    [InlineData("connz_unknown_account", "CONNZ", """{"acc":"ZZ"}""")]
    [InlineData("bad_json", "VARZ", "{")]
    [InlineData("accountz_unknown", "ACCOUNTZ", """{"account":"ZZ"}""")]
    [InlineData("profilez", "PROFILEZ")]
    [InlineData("profilez_unknown", "PROFILEZ", """{"name":"zz"}""")]
    [InlineData("profilez_cpu", "PROFILEZ", """{"name":"cpu","duration":16000000000}""")]
    [InlineData("raftz", "RAFTZ")]
    [InlineData("kick_unknown", "KICK", """{"cid":999}""")]
    [InlineData("ldm_unknown", "LDM", """{"cid":999}""")]
    [InlineData("reload", "RELOAD")]
    public async Task A_server_answers_in_the_same_form(string recording, string request, string body = "") =>
        await CompareAnswerAsync(recording, $"$SYS.REQ.SERVER.@ID.{request}", body);

    [Theory]
    [InlineData("account_jsz", "A.JSZ")]
    [InlineData("account_statz", "A.STATZ")]
    [InlineData("account_conns", "A.CONNS")]
    [InlineData("account_leafz", "A.LEAFZ")]
    [InlineData("account_info_unknown", "ZZ.INFO")]
    [InlineData("account_ping_statz_unused", "PING.STATZ", """{"accounts":["A"],"include_unused":true}""")]
    public async Task Requests_about_an_account_are_answered_in_the_same_form(string recording, string request, string body = "") =>
        await CompareAnswerAsync(recording, $"$SYS.REQ.ACCOUNT.{request}", body);

    [Fact]
    public async Task Coming_and_going_is_told_in_the_same_form()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.ACCOUNT.*.CONNECT", "$SYS.ACCOUNT.A.SERVER.CONNS", "$SYS.ACCOUNT.*.DISCONNECT");
        Dialogue client = await talk.ConnectAsync();
        Compare("event_account_conns", await talk.NextAsync("A.SERVER.CONNS"));
        Compare("event_connect", await talk.NextAsync("A.CONNECT"));
        await client.DisposeAsync();
        Compare("event_disconnect", await talk.NextAsync("A.DISCONNECT"));
    }

    [Fact]
    public async Task A_refused_client_is_told_in_the_same_form()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.SERVER.*.CLIENT.AUTH.ERR");
        Dialogue client = talk.Server.OpenTcp();
        await client.ReadInfoAsync();
        client.Send("""CONNECT {"user":"a","pass":"wrong","name":"bad","lang":"kit","version":"1.0.0","protocol":1}""");
        await client.ExpectClosedAsync("-ERR 'Authorization Violation'");
        Compare("event_auth_error", await talk.NextAsync("AUTH.ERR"));
    }

    [Fact]
    public async Task The_heartbeat_is_told_in_the_same_form()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.SERVER.*.STATSZ");
        talk.Server.Time.Advance(TimeSpan.FromMilliseconds(260));
        Compare("event_statsz", await talk.NextAsync("STATSZ"));
    }

    [Fact]
    public async Task Lame_duck_mode_is_told_in_the_same_form()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.SERVER.*.LAMEDUCK");
        _ = talk.Server.Server.EnterLameDuckAsync();
        Compare("event_lame_duck", await talk.NextAsync("LAMEDUCK"));
    }

    [Fact]
    public async Task A_stop_is_told_in_the_same_form()
    {
        await using SystemConversation talk = await SystemConversation.StartAsync();
        await talk.ListenAsync("$SYS.SERVER.*.SHUTDOWN");
        _ = talk.Server.Server.ShutdownAsync();
        Compare("event_shutdown", await talk.NextAsync("SHUTDOWN"));
    }

    private static async Task CompareAnswerAsync(string recording, string subject, string body)
    {
        var dependencies = new NatsServerDependencies { ReloadRequested = () => Task.CompletedTask };
        await using SystemConversation talk = await SystemConversation.StartAsync(dependencies: dependencies);
        Dialogue client = await talk.ConnectAsync();
        client.Send("SUB foo 1", "PUB foo 5", "hello");
        await client.FenceAsync();
        Compare(recording, await talk.RequestAsync(subject, body));
    }

    private static void Compare(string recording, string actual)
    {
        string expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "SystemAccount", "Recorded", recording + ".json")).TrimEnd('\n');
        Mask(actual).ShouldBe(Mask(expected));
    }

    // Numbers become 0, texts that name a time, a key, a machine or a measure become one letter; all else has to be equal to the byte.
    private static string Mask(string json)
    {
        json = Requests().Replace(json, "\"http_req_stats\":{}");
        json = Changing().Replace(json, "\"$1\":\"*\"");
        return Number().Replace(json, ":0");
    }

    [GeneratedRegex("\"(id|server_id|now|start|stop|time|timestamp|last_activity|rtt|uptime|idle|go|config_load_time|config_digest)\":\"[^\"]*\"")]
    private static partial Regex Changing();

    [GeneratedRegex(@":-?\d+(?:\.\d+)?(?:e[-+]\d+)?(?=[,}\]])")]
    private static partial Regex Number();

    [GeneratedRegex("\"http_req_stats\":\\{[^}]*\\}")]
    private static partial Regex Requests();
}
