using DotNats.Security;
using DotNats.Server.Connections;
using DotNats.Server.SystemAccount;
using Server.Tests.Authentication;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.SystemAccount;

public sealed class ClientBlockTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_is_told_the_jwt_of_a_bearer(bool isBearer)
    {
        using OperatorWorld world = new();
        await using TestServer server = await world.StartAsync();
        await world.ConnectAsync(server, world.UserOf(UserLimitsClaim.Unlimited with { BearerToken = isBearer }));
        var session = (ClientSession)server.Server.Core.Connections.All.Single().Session;
        foreach (ClientBlock block in new[] { ClientBlock.OfBeginning(session), ClientBlock.OfRequestor(session, detailed: true, withServer: true) })
        {
            block.User.ShouldBe(world.User.PublicKey);
            (block.Jwt is null).ShouldBe(isBearer);
        }

        ClientBlock plain = ClientBlock.OfRequestor(session, detailed: false, withServer: false);
        (plain with { Rtt = null }).ShouldBe(new ClientBlock { Acc = world.A.PublicKey });
    }
}
