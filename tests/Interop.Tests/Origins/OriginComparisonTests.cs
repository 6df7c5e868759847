using System.Globalization;
using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>Mirrors and sources of our server and of the real one: the same steps, the same messages, the same words.</summary>
public sealed class OriginComparisonTests
{
    private const string Accounts = """
        jetstream { store_dir: '@DIR@/jetstream' }
        accounts {
          A { jetstream: enabled, users: [ { user: a, password: a } ]
              exports: [ { service: "$JS.API.CONSUMER.>" }, { service: "$JS.FC.>" }, { stream: "to.b.>" } ] }
          B { jetstream: enabled, users: [ { user: b, password: b } ]
              imports: [ { service: { account: A, subject: "$JS.API.CONSUMER.>" }, to: "FROM.A.CONSUMER.>" }
                         { service: { account: A, subject: "$JS.FC.>" } }, { stream: { account: A, subject: "to.b.>" } } ] }
        }
        """;

    private const string AccountsOfADomain = """
        jetstream { store_dir: '@DIR@/jetstream', domain: hub }
        accounts {
          A { jetstream: enabled, users: [ { user: a, password: a } ]
              exports: [ { service: "$JS.hub.API.>" }, { service: "$JS.API.>" }, { service: "$JS.FC.>" }, { stream: "to.b.>" } ] }
          B { jetstream: enabled, users: [ { user: b, password: b } ]
              imports: [ { service: { account: A, subject: "$JS.hub.API.>" }, to: "THERE.>" }
                         { service: { account: A, subject: "$JS.API.>" }, to: "$JS.a.API.>" }
                         { service: { account: A, subject: "$JS.FC.>" } }, { stream: { account: A, subject: "to.b.>" } } ] }
        }
        """;

    private static readonly Dictionary<string, (string Config, string[] Users, Func<OriginStage, Task> Steps)> Scenarios = new()
    {
        ["origins of another account"] = (Accounts, ["a", "b"], OfAnotherAccountAsync),
        ["origins of another account in a domain"] = (AccountsOfADomain, ["a", "b"], OfAnotherAccountInADomainAsync),
        ["an origin by the server's own domain"] = (ScenarioCatalog.Domain, [""], ByOwnDomainAsync),
        ["a hundred sources"] = (ScenarioCatalog.JetStream, [""], HundredSourcesAsync),
        ["an origin that is made anew"] = (ScenarioCatalog.JetStream, [""], MadeAnewAsync),
        ["cycles"] = (ScenarioCatalog.JetStream, [""], CyclesAsync),
        ["a mirror that is promoted"] = (ScenarioCatalog.JetStream, [""], PromotedAsync),
        ["origins that are missing"] = (ScenarioCatalog.JetStream, [""], MissingAsync),
        ["durable consumers"] = (ScenarioCatalog.JetStream, [""], DurableAsync),
    };

    public static TheoryData<string> Names => [.. Scenarios.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Both_servers_do_and_say_the_same(string name)
    {
        ServerExecutable real = await Peers.RequireRealServerAsync();
        string[] texts = await Task.WhenAll(RunAsync(ServerExecutable.UnderTest, name), RunAsync(real, name));
        texts[1].ShouldNotBeEmpty();
        LineDiff.ShouldBeSame(texts[0], texts[1]);
    }

    private static async Task<string> RunAsync(ServerExecutable executable, string name)
    {
        (string config, string[] users, Func<OriginStage, Task> steps) = Scenarios[name];
        await using OriginStage stage = await OriginStage.StartAsync(executable, config, users);
        await steps(stage);
        return stage.Text;
    }

    private static async Task OfAnotherAccountAsync(OriginStage stage)
    {
        await stage.CreateAsync("""{"name":"ORD","subjects":["ord.>"]}""", "a");
        await stage.PublishAsync("ord.1", 5, "a");
        await stage.TellAsync("STREAM.CREATE.BAD", """{"name":"BAD","mirror":{"name":"ORD","external":{"api":"FROM..A","deliver":"to.b"}}}""", "b");
        await stage.TellAsync("STREAM.CREATE.BAD", """{"name":"BAD","mirror":{"name":"ORD","external":{"api":"FROM.A","deliver":"to.*"}}}""", "b");
        await stage.CreateAsync("""{"name":"M","mirror":{"name":"ORD","external":{"api":"FROM.A","deliver":"to.b"}}}""", "b");
        await stage.CreateAsync("""{"name":"S","sources":[{"name":"ORD","filter_subject":"ord.2","external":{"api":"FROM.A","deliver":"to.b"}}]}""", "b");
        await stage.PublishAsync("ord.2", 3, "a");
        await stage.HasAsync("M", 8, "b");
        await stage.HasAsync("S", 3, "b");
        await stage.TellStreamAsync("M", "b");
        await stage.TellStreamAsync("S", "b");
        // Of what copies, the origin's account sees nothing.
        await stage.TellAsync("STREAM.NAMES", "", "a");
        await stage.TellAsync("CONSUMER.NAMES.ORD", "", "a");
    }

    private static async Task OfAnotherAccountInADomainAsync(OriginStage stage)
    {
        await stage.CreateAsync("""{"name":"ORD","subjects":["ord.>"]}""", "a");
        await stage.PublishAsync("ord.1", 4, "a");
        await stage.CreateAsync("""{"name":"M","mirror":{"name":"ORD","external":{"api":"THERE","deliver":"to.b"}}}""", "b");
        await stage.CreateAsync("""{"name":"S","sources":[{"name":"ORD","external":{"api":"$JS.a.API","deliver":"to.b.s"}}]}""", "b");
        await stage.PublishAsync("ord.2", 3, "a");
        await stage.HasAsync("M", 7, "b");
        await stage.HasAsync("S", 7, "b");
        await stage.TellStreamAsync("M", "b");
        await stage.TellStreamAsync("S", "b");
    }

    // What a server asks itself goes through no mapping of its accounts, and so never under its own domain: such an origin is named without one.
    private static async Task ByOwnDomainAsync(OriginStage stage)
    {
        await stage.CreateAsync("""{"name":"ORD","subjects":["ord.>"]}""");
        await stage.PublishAsync("ord.1", 3);
        await stage.CreateAsync("""{"name":"M","mirror":{"name":"ORD","external":{"api":"$JS.hub.API","deliver":"to.m"}}}""");
        await stage.CreateAsync("""{"name":"S","sources":[{"name":"ORD","external":{"api":"$JS.hub.API","deliver":"to.s"}}]}""");
        await stage.CreateAsync("""{"name":"N","mirror":{"name":"ORD"}}""");
        await stage.HasAsync("N", 3);
        await stage.TellStreamAsync("N");
        await stage.TellStreamAsync("M");
        await stage.TellStreamAsync("S");
    }

    private static async Task HundredSourcesAsync(OriginStage stage)
    {
        var sources = new List<string>();
        for (int i = 0; i < 100; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"O{i}");
            await stage.CreateAsync($$"""{"name":"{{name}}","subjects":["{{name}}.>"],"storage":"memory"}""");
            await stage.PublishAsync($"{name}.x", 3);
            sources.Add($$"""{"name":"{{name}}"}""");
        }

        await stage.CreateAsync($$"""{"name":"S","sources":[{{string.Join(',', sources)}}]}""");
        await stage.HasAsync("S", 300);
        await stage.PublishAsync("O7.y", 2);
        await stage.HasAsync("S", 302);
        await stage.TellStreamAsync("S", ordered: false);
    }

    private static async Task MadeAnewAsync(OriginStage stage)
    {
        await stage.CreateAsync("""{"name":"ORD","subjects":["ord.>"]}""");
        await stage.PublishAsync("ord.1", 5);
        await stage.CreateAsync("""{"name":"S","sources":[{"name":"ORD"}]}""");
        await stage.HasAsync("S", 5);
        await stage.TellAsync("STREAM.DELETE.ORD");
        await stage.CreateAsync("""{"name":"ORD","subjects":["ord.>"]}""");
        await stage.PublishAsync("ord.2", 3);
        await stage.HasAsync("S", 8);
        await stage.TellStreamAsync("S");
    }

    private static async Task CyclesAsync(OriginStage stage)
    {
        foreach (string name in (string[])["A", "B", "C"]) await stage.CreateAsync($$"""{"name":"{{name}}","subjects":["{{name}}.>"]}""");
        await stage.TellAsync("STREAM.CREATE.D", """{"name":"D","subjects":["D"],"sources":[{"name":"D"}]}""");
        await stage.TellAsync("STREAM.CREATE.D", """{"name":"D","mirror":{"name":"D"}}""");
        await stage.TellAsync("STREAM.UPDATE.A", """{"name":"A","subjects":["A.>"],"sources":[{"name":"B"}]}""");
        await stage.TellAsync("STREAM.UPDATE.B", """{"name":"B","subjects":["B.>"],"sources":[{"name":"C"}]}""");
        await stage.TellAsync("STREAM.UPDATE.C", """{"name":"C","subjects":["C.>"],"sources":[{"name":"A"}]}""");
        await stage.TellAsync("STREAM.UPDATE.C", """{"name":"C","subjects":["C.>"],"sources":[{"name":"A","filter_subject":"A.1"}]}""");
        await stage.TellAsync("STREAM.CREATE.M", """{"name":"M","mirror":{"name":"A"},"sources":[{"name":"B"}]}""");
        await stage.TellAsync("STREAM.CREATE.M", """{"name":"M","mirror":{"name":"A"},"subjects":["m"]}""");
    }

    private static async Task PromotedAsync(OriginStage stage)
    {
        await stage.CreateAsync("""{"name":"ORD","subjects":["ord.>"]}""");
        await stage.PublishAsync("ord.1", 3);
        await stage.CreateAsync("""{"name":"M","mirror":{"name":"ORD"}}""");
        await stage.HasAsync("M", 3);
        await stage.TellAsync("STREAM.UPDATE.M", """{"name":"M","mirror":{"name":"OTHER"}}""");
        await stage.TellAsync("STREAM.UPDATE.M", """{"name":"M","mirror":{"name":"ORD","filter_subject":"ord.1"}}""");
        await stage.TellAsync("STREAM.UPDATE.M", """{"name":"M","subjects":["ord.>"]}""");
        await stage.TellAsync("STREAM.UPDATE.M", """{"name":"M","subjects":["own.>"]}""");
        await stage.PublishAsync("ord.1", 1);
        await stage.PublishAsync("own.1", 2);
        await stage.HasAsync("M", 5);
        await stage.TellStreamAsync("M");
        await stage.TellAsync("STREAM.UPDATE.M", """{"name":"M","mirror":{"name":"ORD"}}""");
        await stage.TellAsync("STREAM.UPDATE.M", """{"name":"M","subjects":["own.>"],"sources":[{"name":"ORD"}]}""");
    }

    private static async Task MissingAsync(OriginStage stage)
    {
        await stage.CreateAsync("""{"name":"M","mirror":{"name":"GONE"}}""");
        await stage.CreateAsync("""{"name":"S","sources":[{"name":"GONE","filter_subject":"x.>"}]}""");
        await stage.CreateAsync("""{"name":"X","sources":[{"name":"GONE","external":{"api":"no.body","deliver":"del"}}]}""");
        await stage.SaysAsync("M", "error");
        await stage.SaysAsync("S", "error");
        await stage.TellStreamAsync("M");
        await stage.TellStreamAsync("S");
        await stage.TellStreamAsync("X");
    }

    private static async Task DurableAsync(OriginStage stage)
    {
        await stage.CreateAsync("""{"name":"ORD","subjects":["ord.>"]}""");
        await stage.PublishAsync("ord.1", 5);
        await stage.TellAsync("CONSUMER.DURABLE.CREATE.ORD.D", """
            {"stream_name":"ORD","config":{"durable_name":"D","deliver_subject":"to.s","ack_policy":"flow_control","flow_control":true,"idle_heartbeat":1000000000}}
            """);
        await stage.CreateAsync("""{"name":"S","sources":[{"name":"ORD","consumer":{"name":"D","deliver_subject":"to.s"}}]}""");
        await stage.HasAsync("S", 5);
        await stage.PublishAsync("ord.2", 2);
        await stage.HasAsync("S", 7);
        await stage.TellStreamAsync("S");
        await stage.TellAsync("CONSUMER.NAMES.ORD");
        await stage.TellAsync("STREAM.CREATE.T", """{"name":"T","sources":[{"name":"ORD","consumer":{"name":"D"}}]}""");
        await stage.TellAsync("STREAM.CREATE.T", """{"name":"T","sources":[{"name":"ORD","opt_start_seq":3,"consumer":{"name":"D","deliver_subject":"to.s"}}]}""");
        await stage.TellAsync("STREAM.CREATE.T", """{"name":"T","sources":[{"name":"ORD","filter_subject":"ord.1","consumer":{"name":"D","deliver_subject":"to.s"}}]}""");
    }
}
