using DotNats;
using DotNats.Security;
using Mqtt.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class ReloadTests
{
    private static readonly UserOptions Ann = new() { Username = "ann", Password = "a" };
    private static readonly UserOptions Bob = new() { Username = "bob", Password = "b" };

    [Fact]
    public async Task Users_that_are_gone_are_closed_and_others_stay()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(Ann, Bob));
        MqttDialogue ann = await server.ConnectAsync("a", "ann", "a"), bob = await server.ConnectAsync("b", "bob", "b");
        await server.Core.ApplyOptionsAsync(MqttServer.Users(Ann)(server.Core.Options));
        await bob.ExpectAsync("closed");
        await ann.FenceAsync();
    }

    [Fact]
    public async Task New_permissions_end_subscriptions()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(Ann));
        MqttDialogue ann = await server.ConnectAsync("a", "ann", "a");
        await ann.SubscribeAsync("0001", ("x", 0), ("y", 1));
        UserOptions restricted = Ann with { Permissions = new PermissionSet { Subscribe = new SubjectPermission { Allow = ["y"] } } };
        await server.Core.ApplyOptionsAsync(MqttServer.Users(restricted)(server.Core.Options));
        ann.Publish("x", "0");
        ann.Publish("y", "1", qos: 1, id: 1);
        await ann.ExpectInAnyOrderAsync("y 1 qos=1 id=1", "PUBACK 1");
        await server.Log.ContainsAsync("Information", "Removed sub \"x\" for ");
    }

    [Fact]
    public async Task What_a_user_who_is_gone_had_retained_is_forgotten()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(Ann, Bob));
        MqttDialogue ann = await server.ConnectAsync("a", "ann", "a"), bob = await server.ConnectAsync("b", "bob", "b");
        ann.Publish("by/ann", "x", qos: 1, id: 1, retain: true);
        await ann.ExpectAsync("PUBACK 1");
        bob.Publish("by/bob", "x", qos: 1, id: 1, retain: true);
        await bob.ExpectAsync("PUBACK 1");
        await server.Core.ApplyOptionsAsync(MqttServer.Users(Ann)(server.Core.Options));
        await Eventually.HoldsAsync(async () =>
        {
            MqttDialogue late = await server.ConnectAsync("late", "ann", "a");
            await late.SubscribeAsync("00", ("by/#", 0));
            late.Ping();
            string[] seen = [await late.ReadAsync(), await late.ReadAsync()];
            await late.DisposeAsync();
            return seen is ["by/ann x qos=0 retain", "PINGRESP"];
        }, "only what ann had retained is left");
    }

    [Fact]
    public async Task The_listeners_own_users_change_with_the_servers()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(Ann, Bob), mqtt => mqtt with { NoAuthUser = "ann" });
        MqttDialogue nobody = await server.ConnectAsync("n");
        await server.Core.ApplyOptionsAsync(MqttServer.Users(Ann with { Password = "new" }, Bob)(server.Core.Options));
        await nobody.FenceAsync();
        MqttDialogue refused = server.Open();
        refused.Connect("r", "ann", "a");
        await refused.ExpectAsync("CONNACK 0 5", "closed");
        await server.ConnectAsync("again", "ann", "new");
    }
}
