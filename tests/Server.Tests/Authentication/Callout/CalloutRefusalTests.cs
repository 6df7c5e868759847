using DotNats.Security;
using DotNats.Server.Monitoring;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication.Callout;

/// <summary>Every way an answer can be wrong: the client only hears that it may not, the log says why in nats-server's words.</summary>
public sealed class CalloutRefusalTests
{
    private static readonly NKey Stranger = NKey.Create(NKeyKind.Account);
    private static readonly string OtherUser = NKey.Create(NKeyKind.User).PublicKey;
    private static readonly string OtherServer = NKey.Create(NKeyKind.Server).PublicKey;

    private static readonly Dictionary<string, (Func<CalloutParty, Question, string> Answer, string Warning)> Cases = new()
    {
        ["empty"] = ((_, _) => "", "Auth callout violation: \"no reason supplied\" on account \"AUTH\""),
        ["nonsense"] = ((_, _) => "nonsense", "Expected 3 chunks"),
        ["one letter changed"] = (Tamper, "Claim failed V2 signature verification"),
        ["cut short"] = ((party, question) => party.Accept(question)[..^9], ""),
        ["another kind of claims"] = ((party, question) => JwtWriter.Write(party.UserFor(question), party.Issuer), "Not an authorization request claim"),
        ["an error of the service"] = (
            (party, question) => Response(party, question, response => response with { Jwt = "", Error = "go away" }),
            "Auth callout service returned an error: go away"),
        ["a response of a stranger's"] = (
            (party, question) => JwtWriter.Write(party.ResponseFor(question, party.UserFor(question)) with { IssuerAccount = party.Issuer.PublicKey }, Stranger),
            "Auth callout signing key is unknown"),
        ["neither error nor JWT"] = (
            (party, question) => Response(party, question, response => response with { Jwt = "" }),
            "Authorization response had validation errors: Error or Jwt is required"),
        ["both"] = (
            (party, question) => Response(party, question, response => response with { Error = "go away" }),
            "Authorization response had validation errors: Only Error or Jwt can be set"),
        ["expired response"] = (
            (party, question) => Response(party, question, response => response with { ExpiresAtSeconds = 1_700_000_000 }),
            "Authorization response had validation errors: claim is expired"),
        ["another client"] = (
            (party, question) => Response(party, question, response => response with { Subject = OtherUser }),
            "Auth callout violation: auth callout response is not for expected user"),
        ["another server"] = (
            (party, question) => Response(party, question, response => response with { Audience = OtherServer }),
            "Auth callout violation: auth callout response is not for server"),
        ["a user JWT that is none"] = ((party, question) => Response(party, question, response => response with { Jwt = "x.y.z" }), ""),
        ["a user JWT for another client"] = (
            (party, question) => User(party, question, user => user with { Subject = OtherUser }),
            "Expected authorized user of"),
        ["an expired user"] = (
            (party, question) => User(party, question, user => user with { ExpiresAtSeconds = 1_700_000_000 }),
            "Error validating user JWT: claim is expired"),
        ["a user of a stranger's"] = (
            (party, question) => User(party, question, user => user, Stranger),
            "Wrong issuer for auth callout response on account \"AUTH\", expected"),
        ["a user that names an account as issuer"] = (
            (party, question) => User(party, question, user => user with { IssuerAccount = party.Issuer.PublicKey }),
            "Error non operator mode account \"AUTH\": attempted to use issuer_account"),
        ["an account there is not"] = (
            (party, question) => User(party, question, user => user with { Audience = "NOT-THERE" }),
            "No valid account \"NOT-THERE\" for auth callout response on account \"AUTH\": account missing"),
        ["no account"] = (
            (party, question) => User(party, question, user => user with { Audience = "" }),
            "No valid account \"\" for auth callout response on account \"AUTH\": account missing"),
        ["a time of the day that is not now"] = (
            (party, question) => User(party, question, user => user with { Limits = user.Limits with { Times = [new TimeRangeClaim("00:00:00", "00:00:01")], Locale = "UTC" } }),
            "Authorized user on account \"AUTH\" outside of valid connect times"),
        ["a kind of connection nobody knows"] = (
            (party, question) => User(party, question, user => user with { Limits = user.Limits with { AllowedConnectionTypes = ["CARRIER_PIGEON"] } }),
            "Authorized user on account \"AUTH\" using invalid connection type"),
        ["a user that must come by a proxy"] = (
            (party, question) => User(party, question, user => user with { Limits = user.Limits with { ProxyRequired = true } }),
            "Proxy connection required"),
    };

    public static TheoryData<string> Names()
    {
        TheoryData<string> names = new();
        foreach (string name in Cases.Keys) names.Add(name);
        return names;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Refuses(string name)
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        party.Answer(question, Cases[name].Answer(party, question));
        await client.ExpectClosedAsync(CalloutParty.Violation);
        await party.Log.ContainsAsync("Warning", Cases[name].Warning);
        await party.Log.ContainsAsync("Error", "authentication error - User \"dyn\"");
        // The service and the server go on.
        Dialogue next = await party.BeginAsync();
        question = await party.NextAsync();
        party.Answer(question, party.Accept(question));
        await next.ExpectAsync("PONG");
        party.Log.Lines.ShouldNotContain(line => line.Contains("amic", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_proxy_is_told_apart_in_the_closed_connections()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        party.Answer(question, Cases["a user that must come by a proxy"].Answer(party, question));
        await client.ExpectClosedAsync(CalloutParty.Violation);
        party.Server.Monitoring.Connz(new ConnzQuery { State = ConnectionState.Closed }).Connections.ShouldNotBeNull().Single().Reason.ShouldBe("Proxy Required");
    }

    private static string Response(CalloutParty party, Question question, Func<AuthorizationResponseClaims, AuthorizationResponseClaims> change) =>
        JwtWriter.Write(change(party.ResponseFor(question, party.UserFor(question))), party.Issuer);

    private static string User(CalloutParty party, Question question, Func<UserClaims, UserClaims> change, NKey? signer = null) =>
        JwtWriter.Write(party.ResponseFor(question, change(party.UserFor(question)), signer), party.Issuer);

    private static string Tamper(CalloutParty party, Question question)
    {
        char[] answer = party.Accept(question).ToCharArray();
        int last = answer.Length - 20;
        answer[last] = answer[last] == 'A' ? 'B' : 'A';
        return new string(answer);
    }
}
