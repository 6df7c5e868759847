using System.Text;
using DotNats.Security;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication.Callout;

/// <summary>A service that an account JWT names, and names no longer, while clients come.</summary>
public sealed class OperatorCalloutTests
{
    [Fact]
    public async Task Each_login_is_judged_by_what_its_account_says_at_that_moment()
    {
        using OperatorWorld world = new();
        using NKey serviceKey = NKey.Create(NKeyKind.User);
        await using TestServer server = await world.StartAsync();
        await world.ConnectAsync(server);
        UserClaims serviceUser = world.UserOf(UserLimitsClaim.Unlimited with { BearerToken = true }) with { Subject = serviceKey.PublicKey };
        Dialogue service = await server.ConnectAsync($"\"jwt\":\"{JwtWriter.Write(serviceUser, world.A)}\"");
        service.Send("SUB $SYS.REQ.USER.AUTH 1");
        await service.FenceAsync();

        await ApplyAsync(world, server, 1, new ExternalAuthorizationClaim { AuthUsers = [serviceKey.PublicKey] });
        Dialogue client = server.Open();
        client.Send($$"""CONNECT {"protocol":1,"verbose":false,{{world.Login(JwtWriter.Write(world.UserOf(), world.A), await client.ReadInfoAsync())}}}""", "PING");
        await AcceptAsync(world, service);
        await client.ExpectAsync("PONG");

        await ApplyAsync(world, server, 2, new ExternalAuthorizationClaim());
        await world.ConnectAsync(server);
        (await service.FenceAsync()).ShouldBeEmpty();
    }

    private static async Task ApplyAsync(OperatorWorld world, TestServer server, int second, ExternalAuthorizationClaim authorization)
    {
        AccountClaims claims = world.ClaimsOfA with { IssuedAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(second)), Authorization = authorization };
        (await OperatorWorld.Accounts(server).ApplyAsync(world.Sign(claims))).ShouldBeNull();
    }

    private static async Task AcceptAsync(OperatorWorld world, Dialogue service)
    {
        string[] words = (await service.ReadLineAsync()).ShouldNotBeNull().Split(' ');
        AuthorizationRequestClaims question = Question.Read(await service.ReadBytesAsync(int.Parse(words[^1])));
        UserClaims user = world.UserOf() with { Subject = question.UserNKey, Name = "guest" };
        string answer = JwtWriter.Write(
            new AuthorizationResponseClaims { Subject = question.UserNKey, Audience = question.Server.Id, Jwt = JwtWriter.Write(user, world.A) }, world.A);
        service.SendBytes(Encoding.ASCII.GetBytes($"PUB {words[3]} {answer.Length}\r\n{answer}\r\n"));
    }
}
