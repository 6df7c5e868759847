using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Security;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication.Callout;

/// <summary>What a user whom a service vouched for is told of itself.</summary>
public sealed class CalloutNameTests
{
    [Fact]
    public async Task A_user_of_a_service_has_no_other_name_than_the_one_the_service_gave_it()
    {
        await using CalloutParty party = await CalloutParty.StartAsync();
        Dialogue client = await party.BeginAsync();
        Question question = await party.NextAsync();
        party.Answer(question, party.Accept(question));
        await client.ExpectAsync("PONG");
        (await AskAsync(client)).GetRawText().ShouldBe("""{"user":"guest","account":"APP","account_name":"APP"}""");
    }

    [Fact]
    public async Task With_operators_its_second_name_is_that_of_the_JWT_it_came_with()
    {
        using OperatorWorld world = new();
        using NKey sentinel = NKey.Create(NKeyKind.User);
        world.ClaimsOfA = world.ClaimsOfA with
        {
            Authorization = new ExternalAuthorizationClaim { AuthUsers = [world.User.PublicKey], AllowedAccounts = [world.B.PublicKey] },
        };
        await using TestServer server = await TestServer.StartAsync(world.Options());
        Dialogue service = await world.ConnectAsync(server);
        service.Send("SUB $SYS.REQ.USER.AUTH 1");
        await service.FenceAsync();
        UserClaims bearer = world.UserOf(UserLimitsClaim.Unlimited with { BearerToken = true }) with { Subject = sentinel.PublicKey, Name = "sentinel" };
        Dialogue client = server.Open();
        Task<Dialogue> login = client.ConnectAsync($"\"user\":\"x\",\"jwt\":\"{JwtWriter.Write(bearer, world.A)}\"");
        string[] asked = (await service.ReadLineAsync()).ShouldNotBeNull().Split(' ');
        AuthorizationRequestClaims request = Question.Read(await service.ReadBytesAsync(int.Parse(asked[^1])));
        UserClaims dyn = world.UserOf() with { Subject = request.UserNKey, Name = "dyn" };
        AuthorizationResponseClaims response = new() { Subject = request.UserNKey, Audience = request.Server.Id, Jwt = JwtWriter.Write(dyn, world.B) };
        string answer = JwtWriter.Write(response, world.A);
        service.Send($"PUB {asked[3]} {answer.Length}", answer);
        await login;
        (await AskAsync(client)).GetRawText().ShouldBe(
            $$"""{"user":"dyn","account":"{{world.B.PublicKey}}","account_name":"Account B","user_name":"sentinel"}""");
    }

    private static async Task<JsonElement> AskAsync(Dialogue client)
    {
        client.Send("SUB in 77", "PUB $SYS.REQ.USER.INFO in 0", "");
        string? header = await client.ReadLineAsync();
        while (header == "PING") header = await client.ReadLineAsync();
        header.ShouldNotBeNull().ShouldStartWith("MSG in 77 ");
        byte[] body = await client.ReadBytesAsync(int.Parse(header.Split(' ')[^1]));
        return JsonDocument.Parse(Encoding.UTF8.GetString(body)).RootElement.GetProperty("data");
    }
}
