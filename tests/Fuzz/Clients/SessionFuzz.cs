using System.Text;
using DotNats;
using DotNats.Security;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using Fuzz.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Fuzz.Clients;

/// <summary>Whole sessions on damaged conversations, several at once, with a clock that jumps: nothing throws, nothing is left.</summary>
public sealed class SessionFuzz
{
    // A server's own start costs more than a case: each serves many.
    private const int CasesPerServer = 100;

    [Fact]
    public void Damaged_conversations_leave_nothing_behind() => FuzzRun.Repeat(random =>
    {
        var time = new FakeTimeProvider();
        var core = new ServerCore(Options(random), NullLoggerFactory.Instance, time);
        DeliveryContext context = core.Contexts.Create();
        for (int i = 0; i < CasesPerServer; i++) RunCase(random, core, context, time);
        StillServes(core, context);
        core.DisposeAsync().AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    });

    private static void RunCase(Random random, ServerCore core, DeliveryContext context, FakeTimeProvider time)
    {
        FuzzedClient[] clients = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Connect(random, core))];
        while (clients.Any(client => !client.IsDone))
        {
            FuzzedClient next = clients[random.Next(clients.Length)];
            if (!next.IsDone) next.Step(context);
            foreach (FuzzedClient client in clients) FuzzedClient.Check(!client.Connection.Outbound.IsHeldByCurrentThread, "no lock is held");
            if (random.Next(200) == 0) time.Advance(TimeSpan.FromSeconds(random.Next(150)));
            context.NowTicks = time.GetTimestamp();
        }

        foreach (FuzzedClient client in clients) client.Connection.Close(CloseReason.ClientClosed);
        foreach (FuzzedClient client in clients) client.Audit();
        core.Connections.Count.ShouldBe(0);
        foreach (Account account in core.Accounts.All)
        {
            account.Subscriptions.Count.ShouldBe(0);
            account.Subscriptions.Inserts.ShouldBe(account.Subscriptions.Removes);
            account.Connections.ShouldBe(0);
        }

        // Everything anybody published or got is in the totals of the accounts and of the server alike.
        core.Statistics.ClosedTraffic.InMessages.ShouldBe(core.Accounts.All.Sum(account => account.ClosedTraffic.InMessages));
        core.Statistics.ClosedTraffic.OutBytes.ShouldBe(core.Accounts.All.Sum(account => account.ClosedTraffic.OutBytes));
    }

    private static FuzzedClient Connect(Random random, ServerCore core)
    {
        byte[] bytes = Mutations.Damage(random, ClientConversation.Make(random), most: 4);
        return new FuzzedClient(core, Mutations.Cut(random, bytes));
    }

    private static void StillServes(ServerCore core, DeliveryContext context)
    {
        string login = core.Options.Authorization.Token is { } token ? $$"""{"verbose":false,"auth_token":"{{token}}"}""" : """{"verbose":false,"user":"a","pass":"a"}""";
        var client = new FuzzedClient(core, [Encoding.ASCII.GetBytes($"CONNECT {login}\r\nSUB a 1\r\nPUB a 2\r\nhi\r\n")]);
        client.Step(context);
        client.Connection.Outbound.Messages.ShouldBe(1);
        client.Connection.Close(CloseReason.ClientClosed);
        client.Audit();
    }

    private static NatsServerOptions Options(Random random) => new()
    {
        NoHeaderSupport = random.Next(4) == 0,
        DisableSubscriptionCache = random.Next(4) == 0,
        NoFastProducerStall = random.Next(4) == 0,
        Logging = new LoggingOptions { Trace = random.Next(4) == 0, Debug = true },
        Limits = new LimitOptions
        {
            MaxSubscriptions = random.Next(3) == 0 ? 5 : 0,
            MaxSubscriptionTokens = random.Next(3) == 0 ? 2 : 0,
            MaxPayloadBytes = random.Next(3) == 0 ? 1000 : 1024 * 1024,
            MaxControlLineBytes = random.Next(3) == 0 ? 256 : 4096,
        },
        Mappings = random.Next(2) == 0 ? null : Mappings,
        Authorization = random.Next(4) switch
        {
            0 => new AuthorizationOptions { Token = "t" },
            1 => new AuthorizationOptions { Users = [User("a", null), User("b", Restricted)] },
            _ => new AuthorizationOptions(),
        },
    };

    // The subject by which a server shows that it still serves is not among them.
    private static readonly SubjectMapping[] Mappings =
    [
        Mapping("a.*", ("foo.{{split(1,b)}}.{{partition(3)}}", 50), ("{{sliceFromLeft(1,1)}}.x", 30)),
        Mapping("foo.>", ("a.>", 60), ("foo.>", 30)),
        Mapping("*.b.*", ("$2.{{random(3)}}.{{right(1,1)}}", 100)),
    ];

    private static SubjectMapping Mapping(string source, params (string Subject, int Weight)[] destinations) => new()
    {
        Source = source,
        Destinations = [.. destinations.Select(to => new MappingDestination { Subject = to.Subject, Weight = to.Weight })],
    };

    private static UserOptions User(string name, PermissionSet? permissions) => new() { Username = name, Password = name, Permissions = permissions };

    private static PermissionSet Restricted => new()
    {
        Publish = new SubjectPermission { Allow = ["a.>", "foo.*"], Deny = ["a.b.c"] },
        Subscribe = new SubjectPermission { Allow = ["a.>", "> workers", "_INBOX.>"], Deny = ["a.b"] },
        Responses = new ResponsePermission { MaxMessages = 2 },
    };
}
