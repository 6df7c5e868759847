using DotNats.JetStream.Consumers;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class PushTargetTests
{
    [Fact]
    public async Task Listeners_of_the_last_groups_count_and_one_that_comes_back_counts_once()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB to g0 1");
        (await client.FenceAsync()).ShouldBeEmpty();
        var target = new PushTarget(server.Core.Accounts.Global, TestConsumers.Push("C", "to") with { DeliverGroup = "g0" }, static () => { });
        for (int i = 1; i <= 7; i++) target.Admit($"g{i}");
        target.Admit("g1");
        target.Refresh();
        target.IsActive.ShouldBeTrue();
        target.Admit("g8");
        target.Refresh();
        target.IsActive.ShouldBeFalse();
    }
}
