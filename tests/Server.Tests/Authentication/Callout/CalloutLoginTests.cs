using DotNats;
using DotNats.Security;
using DotNats.Server.Monitoring;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication.Callout;

public sealed class CalloutLoginTests
{
    [Fact]
    public async Task The_service_names_account_user_and_permissions()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        UserClaims user = party.UserFor(question) with
        {
            Limits = UserLimitsClaim.Unlimited with { Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["ok"] } }, Subscriptions = 1, PayloadBytes = 1 },
        };
        party.Answer(question, JwtWriter.Write(party.ResponseFor(question, user), party.Issuer));
        await client.ExpectAsync("PONG");
        // Numbers of subscriptions and bytes do not come from such a JWT.
        client.Send("SUB a 1", "SUB b 2", "PUB no 0", "", "PUB ok 2", "xx");
        (await client.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"no\"'"]);
        ConnectionInfo info = party.Server.Monitoring.Connz(new ConnzQuery { ShowUser = true }).Connections.ShouldNotBeNull().Single(one => one.AuthorizedUser == "guest");
        (info.Account, info.IssuerKey).ShouldBe(("APP", "APP"));
    }

    [Fact]
    public async Task The_question_tells_who_asks_and_who_wants_in()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        await party.BeginAsync("""
            "user":"dyn","pass":"amic","name":"app","lang":"kit","version":"1.2","sig":"c2ln"
            """);
        AuthorizationRequestClaims claims = (await party.NextAsync()).Claims;
        (claims.Issuer, claims.Subject, claims.Audience).ShouldBe((party.Server.ServerId, party.Issuer.PublicKey, "nats-authorization-request"));
        (claims.IssuedAtSeconds, claims.ExpiresAtSeconds).ShouldBe((1_800_000_000, 1_800_000_002));
        NKey.IsPublicKey(claims.UserNKey, NKeyKind.User).ShouldBeTrue();
        (claims.Server.Name, claims.Server.Id, claims.Server.Host, claims.Server.XKey).ShouldBe(("srv", party.Server.ServerId, "127.0.0.1", ""));
        claims.Server.Tags.ShouldBe(["blue"]);
        claims.Server.Version.ShouldNotBeEmpty();
        (claims.Client.User, claims.Client.Name, claims.Client.Kind, claims.Client.Type, claims.Client.Nonce).ShouldBe(("dyn", "app", "Client", "nats", ""));
        claims.Client.Id.ShouldNotBe(0UL);
        AuthorizationConnectClaim connect = claims.Connect;
        (connect.User, connect.Password, connect.Name, connect.Language, connect.Version, connect.Protocol, connect.Signature)
            .ShouldBe(("dyn", "amic", "app", "kit", "1.2", 1, "c2ln"));
        claims.Tls.ShouldBeNull();
    }

    [Fact]
    public async Task Users_of_the_list_log_in_without_the_service_and_are_not_asked_about_when_they_fail()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue second = await party.BeginAsync("\"user\":\"auth\",\"pass\":\"pwd\"");
        await second.ExpectAsync("PONG");
        Dialogue wrong = await party.BeginAsync("\"user\":\"auth\",\"pass\":\"no\"");
        await wrong.ExpectClosedAsync(CalloutParty.Violation);
        (await party.Service.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_in_the_account_of_the_service_may_ask_it()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        party.Service.Send("PUB $SYS.REQ.USER.AUTH 1", "x");
        (await party.Service.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"$SYS.REQ.USER.AUTH\"'"]);
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        party.Answer(question, party.Accept(question, "AUTH"));
        await client.ExpectAsync("PONG");
        client.Send("PUB $SYS.REQ.USER.AUTH 1", "x", "PUB other 1", "x");
        (await client.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"$SYS.REQ.USER.AUTH\"'"]);
    }

    [Fact]
    public async Task Configured_users_are_asked_about_unless_their_account_is_not_the_services()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue asked = await party.BeginAsync("\"user\":\"known\",\"pass\":\"known\"");
        Question question = await party.NextAsync();
        party.Answer(question, party.Accept(question));
        await asked.ExpectAsync("PONG");

        await using CalloutParty other = await CalloutParty.StartAsync(options => options with
        {
            Authorization = options.Authorization with { AuthCallout = options.Authorization.AuthCallout! with { AllowedAccounts = ["AUTH"] } },
        });
        await (await other.BeginAsync("\"user\":\"known\",\"pass\":\"known\"")).ExpectAsync("PONG");
        await other.BeginAsync("\"user\":\"known\",\"pass\":\"wrong\"");
        (await other.NextAsync()).Claims.Client.User.ShouldBe("known");
    }

    [Fact]
    public async Task An_answer_that_does_not_come_refuses_after_the_time_to_log_in()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        party.Time.Advance(TimeSpan.FromSeconds(2.1));
        await CalloutParty.RefusedAsync(client);
        await party.Log.ContainsAsync("Debug", "Authorization callout response not received in time on account \"AUTH\"");
        // Late, and then again: nobody is there any more.
        party.Answer(question, party.Accept(question));
        party.Answer(question, party.Accept(question));
        (await party.Service.FenceAsync()).ShouldNotContain(line => line != "PING");
    }

    [Fact]
    public async Task Without_a_service_everybody_waits_in_vain()
    {
        await using CalloutParty party = await CalloutParty.StartAsync(withService: false);
        Dialogue client = await party.BeginAsync();
        await Eventually.HoldsAsync(() => party.Server.Core.Callouts.Asked == 1, "the service is asked");
        await Eventually.HoldsAsync(
            () =>
            {
                party.Time.Advance(TimeSpan.FromSeconds(3));
                return party.Log.Lines.Any(line => line.Contains("not received in time", StringComparison.Ordinal));
            },
            "the login runs out of time");
        await CalloutParty.RefusedAsync(client);
    }

    [Fact]
    public async Task The_first_answer_decides()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        string good = party.Accept(question);
        party.Answer(question, "nonsense");
        party.Answer(question, good);
        await client.ExpectClosedAsync(CalloutParty.Violation);
        Dialogue next = await party.BeginAsync();
        Question another = await party.NextAsync();
        // An answer that was good for another client.
        party.Answer(another, good);
        await next.ExpectClosedAsync(CalloutParty.Violation);
    }

    [Fact]
    public async Task Any_number_of_logins_wait_at_once_and_are_answered_in_any_order()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        const int count = 100;
        List<Dialogue> clients = [];
        List<Question> questions = [];
        for (int i = 0; i < count; i++) clients.Add(await party.BeginAsync());
        for (int i = 0; i < count; i++) questions.Add(await party.NextAsync());
        questions.Select(question => question.Claims.UserNKey).Distinct().Count().ShouldBe(count);
        questions.Reverse();
        foreach (Question question in questions) party.Answer(question, party.Accept(question));
        foreach (Dialogue client in clients) await client.ExpectAsync("PONG");
    }

    [Fact]
    public async Task The_connection_ends_when_what_the_service_signed_does()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        UserClaims user = party.UserFor(question) with { ExpiresAtSeconds = 1_800_000_001 };
        party.Answer(question, JwtWriter.Write(party.ResponseFor(question, user), party.Issuer));
        await client.ExpectAsync("PONG");
        party.Time.Advance(TimeSpan.FromSeconds(1.1));
        await client.ExpectClosedAsync("-ERR 'User Authentication Expired'");
        party.Server.Monitoring.Connz(new ConnzQuery { State = ConnectionState.Closed }).Connections.ShouldNotBeNull().ShouldContain(one => one.Reason == "Authentication Expired");
    }

    [Fact]
    public async Task Who_speaks_before_its_CONNECT_is_asked_about_as_the_no_auth_user()
    {
        await using CalloutParty party = await CalloutParty.StartAsync(options => options with { NoAuthUser = "known" });
        Dialogue client = party.Open();
        await client.ReadInfoAsync();
        client.Send("PING");
        Question question = await party.NextAsync();
        (question.Claims.Connect.User, question.Claims.Connect.Password).ShouldBe(("known", "known"));
        party.Answer(question, party.Accept(question));
        await client.ExpectAsync("PONG");
    }

    [Fact]
    public async Task A_name_the_service_does_not_change_stays_the_clients()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync("\"auth_token\":\"secret\"");
        Question question = await party.NextAsync();
        (question.Claims.Connect.Token, question.Claims.Client.User).ShouldBe(("secret", "[REDACTED]"));
        party.Answer(question, JwtWriter.Write(party.ResponseFor(question, party.UserFor(question) with { Name = "" }), party.Issuer));
        await client.ExpectAsync("PONG");
        party.Server.Monitoring.Connz(new ConnzQuery { ShowUser = true }).Connections.ShouldNotBeNull().ShouldContain(one => one.AuthorizedUser == "[REDACTED]");
    }

    [Fact]
    public async Task A_reload_keeps_the_services_users_until_users_or_accounts_change()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        party.Answer(question, party.Accept(question));
        await client.ExpectAsync("PONG");
        NatsServerOptions options = party.Server.Options;
        await party.Server.ReloadAsync(options with { Timing = options.Timing with { MaxPingsOut = 5 } });
        (await client.FenceAsync()).ShouldBeEmpty();
        await party.Server.ReloadAsync(options with { Accounts = [.. options.Accounts, new AccountOptions { Name = "MORE" }] });
        await client.ExpectClosedAsync();
        // The service itself stays, and may still not ask itself.
        party.Service.Send("PUB $SYS.REQ.USER.AUTH 1", "x");
        (await party.Service.FenceAsync()).ShouldBe(["-ERR 'Permissions Violation for Publish to \"$SYS.REQ.USER.AUTH\"'"]);
    }

    [Fact]
    public async Task A_login_that_waits_through_a_reload_is_judged_by_the_new_rules()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question first = await party.NextAsync();
        await party.Server.ReloadAsync(party.Server.Options with { Timing = new TimingOptions { MaxPingsOut = 3 } });
        party.Answer(first, party.Accept(first));
        Question second = await party.NextAsync();
        party.Answer(second, party.Accept(second));
        await client.ExpectAsync("PONG");
    }

    [Fact]
    public async Task Seals_what_it_asks_and_opens_what_is_answered()
    {
        using NKey xkey = NKey.Create(NKeyKind.Curve);
        await using CalloutParty party = await CalloutParty.StartAsync(options => options with
        {
            Authorization = options.Authorization with { AuthCallout = options.Authorization.AuthCallout! with { XKey = xkey.PublicKey } },
        });
        Dialogue client = await party.BeginAsync();
        client.Infos[0].ShouldContain("\"xkey\":\"X");
        Question question = await party.NextAsync();
        client.Infos[0].ShouldContain(question.ServerXKey);
        byte[] opened = xkey.TryOpen(question.Payload, question.ServerXKey).ShouldNotBeNull();
        Question plain = question with { Payload = opened };
        plain.Claims.Server.XKey.ShouldBe(question.ServerXKey);
        party.Answer(plain, xkey.Seal(System.Text.Encoding.ASCII.GetBytes(party.Accept(plain)), question.ServerXKey));
        await client.ExpectAsync("PONG");

        // Who sealed it is known, so it matters not who signed the response; that the user is the account's does.
        Dialogue signed = await party.BeginAsync();
        question = await party.NextAsync();
        plain = question with { Payload = xkey.TryOpen(question.Payload, question.ServerXKey)! };
        using NKey other = NKey.Create(NKeyKind.Account);
        string response = JwtWriter.Write(party.ResponseFor(plain, party.UserFor(plain)), other);
        party.Answer(plain, xkey.Seal(System.Text.Encoding.ASCII.GetBytes(response), question.ServerXKey));
        await signed.ExpectAsync("PONG");

        // An answer in the clear counts too; one sealed by somebody else does not.
        Dialogue clear = await party.BeginAsync();
        question = await party.NextAsync();
        plain = question with { Payload = xkey.TryOpen(question.Payload, question.ServerXKey)! };
        party.Answer(plain, party.Accept(plain));
        await clear.ExpectAsync("PONG");
        Dialogue refused = await party.BeginAsync();
        question = await party.NextAsync();
        plain = question with { Payload = xkey.TryOpen(question.Payload, question.ServerXKey)! };
        using NKey stranger = NKey.Create(NKeyKind.Curve);
        party.Answer(plain, stranger.Seal(System.Text.Encoding.ASCII.GetBytes(party.Accept(plain)), question.ServerXKey));
        await refused.ExpectClosedAsync(CalloutParty.Violation);
        await party.Log.ContainsAsync("Warning", "Error decrypting auth callout response on account \"AUTH\": nkeys: could not decrypt input");
    }
}
