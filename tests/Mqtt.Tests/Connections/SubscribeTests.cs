using DotNats;
using DotNats.Security;
using Mqtt.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class SubscribeTests
{
    [Fact]
    public async Task Each_filter_has_its_own_answer()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("000102808080", ("a", 0), ("b", 1), ("c", 2), ("with blank s", 0), ("$MQTT/sub/x", 0), ("x/#/y", 0));
        await server.Log.ContainsAsync("Error", "invalid topic \"with blank s\": character not supported for MQTT topics");
    }

    [Fact]
    public async Task What_is_unsubscribed_comes_no_more()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("0001", ("a/#", 0), ("b", 1));
        await client.UnsubscribeAsync("a/#", "b", "never/was");
        client.Publish("a", "x");
        client.Publish("b", "x", qos: 1, id: 9);
        await client.ExpectAsync("PUBACK 9");
        await client.FenceAsync();
        server.Core.Connections.All.Single().Session.ShouldBeOfType<DotNats.Mqtt.Connections.MqttSession>().Subscriptions.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Permissions_refuse_filters_and_keep_denied_topics_from_wildcards()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(
            new UserOptions
            {
                Username = "u", Password = "p",
                Permissions = new PermissionSet { Subscribe = new SubjectPermission { Allow = ["in.>"], Deny = ["in.no"] } },
            },
            new UserOptions { Username = "all", Password = "p" }));
        MqttDialogue client = await server.ConnectAsync("c", "u", "p"), sender = await server.ConnectAsync("s", "all", "p");
        await client.SubscribeAsync("00808001", ("in/yes", 0), ("out", 0), ("in/no", 1), ("in/+", 1));
        sender.Publish("in/no", "0");
        sender.Publish("in/no", "1", qos: 1, id: 1);
        await sender.ExpectAsync("PUBACK 1");
        sender.Publish("in/yes", "2", qos: 1, id: 2);
        await sender.ExpectAsync("PUBACK 2");
        await client.ExpectInAnyOrderAsync("in/yes 2 qos=0", "in/yes 2 qos=1 id=1");
        await client.FenceAsync();
        await server.Log.ContainsAsync("Error", "\"c\" - Subscription Violation - Subject \"out\", SID out");
    }

    [Fact]
    public async Task Subscriptions_count_against_the_limit()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with { Limits = options.Limits with { MaxSubscriptions = 3 } });
        MqttDialogue client = await server.ConnectAsync("c");
        // One of QoS 1 takes two, and one more was let in before.
        await client.SubscribeAsync("000180", ("a", 0), ("b", 1), ("c", 0));
        await server.Log.ContainsAsync("Error", "\"c\" - maximum subscriptions exceeded");
    }

    [Fact]
    public async Task Subjects_with_too_many_levels_are_refused()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with { Limits = options.Limits with { MaxSubscriptionTokens = 2 } });
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("0080", ("a/b", 0), ("a/b/c", 0));
        await server.Log.ContainsAsync("Error", "Subscription Violation Too Many Tokens - Subject \"a.b.c\", SID a.b.c");
    }

    [Fact]
    public async Task Overlapping_filters_each_bring_the_message()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("0001", ("a/+", 0), ("a/b", 1));
        client.Publish("a/b", "0");
        await client.ExpectAsync("a/b 0 qos=0", "a/b 0 qos=0");
        client.Publish("a/b", "1", qos: 1, id: 4);
        await client.ExpectInAnyOrderAsync("a/b 1 qos=0", "a/b 1 qos=1 id=1", "PUBACK 4");
    }

    [Fact]
    public async Task Stream_imports_bring_messages_of_other_accounts()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with
        {
            Accounts =
            [
                new AccountOptions
                {
                    Name = "A", Users = [new UserOptions { Username = "a", Password = "a" }], JetStream = new AccountJetStreamOptions(),
                    Exports = [new AccountExport { Subject = "s.>" }],
                },
                new AccountOptions
                {
                    Name = "B", Users = [new UserOptions { Username = "b", Password = "b" }], JetStream = new AccountJetStreamOptions(),
                    Imports = [new AccountImport { Account = "A", Subject = "s.>", Prefix = "from" }],
                },
            ],
        });
        MqttDialogue a = await server.ConnectAsync("x", "a", "a"), b = await server.ConnectAsync("x", "b", "b");
        await b.SubscribeAsync("00", ("from/#", 0));
        a.Publish("s/1", "x");
        await b.ExpectAsync("from/s/1 x qos=0");
    }
}
