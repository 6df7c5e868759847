using System.Text;
using DotNats;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Server.Tests.Routing;

public sealed class AllocationTests
{
    private static readonly SubjectMapping[] Mappings =
    [
        new() { Source = "map.*.*", Destinations = [new MappingDestination { Subject = "$1.$2" }] },
        new()
        {
            Source = "share.*.>",
            Destinations =
            [
                new MappingDestination { Subject = "{{split(1,-)}}.{{partition(3,1)}}.>", Weight = 40 },
                new MappingDestination { Subject = "{{splitFromLeft(1,3)}}.{{random(3)}}.>", Weight = 60 },
            ],
        },
    ];

    [Theory]
    [InlineData("PUB foo.bar 16\r\n0123456789abcdef\r\n")]
    [InlineData("PUB foo.bar re.ply 16\r\n0123456789abcdef\r\n")]
    [InlineData("HPUB foo.bar 12 16\r\nNATS/1.0\r\n\r\nabcd\r\n")]
    [InlineData("HPUB foo.bar 48 52\r\nNATS/1.0\r\nTraceparent-Like: nothing\r\nA: bcde\r\n\r\nabcd\r\n")]
    [InlineData("PUB map.foo.bar 16\r\n0123456789abcdef\r\n")]
    [InlineData("PUB share.foo-bar.x 16\r\n0123456789abcdef\r\n")]
    public async Task Publishing_and_delivering_allocates_nothing(string publish)
    {
        await using var core = new ServerCore(new NatsServerOptions { Mappings = Mappings }, NullLoggerFactory.Instance, TimeProvider.System);
        Session publisher = Connect(core);
        Session[] subscribers = [Connect(core), Connect(core), Connect(core)];
        DeliveryContext context = core.Contexts.Create();
        for (int i = 0; i < subscribers.Length; i++)
            Receive(subscribers[i], context, i < 2 ? "SUB foo.> 1\r\n" : "SUB foo.> workers 9\r\n");
        byte[] batch = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(publish, 100)));
        for (int i = 0; i < 200; i++) Receive(publisher, context, batch);

        // The runtime itself allocates now and then on this thread while it still compiles; a message that allocated would do so each time.
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) Receive(publisher, context, batch);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.ShouldBe(0);
        subscribers[0].Connection.Outbound.Messages.ShouldBeGreaterThanOrEqualTo(120_000);
    }

    [Theory]
    [InlineData("PUB foo.bar 16\r\n0123456789abcdef\r\n")]
    [InlineData("HPUB foo.bar re.ply 12 16\r\nNATS/1.0\r\n\r\nabcd\r\n")]
    public async Task Stream_imports_allocate_nothing(string publish)
    {
        await using var core = new ServerCore(Sharing, NullLoggerFactory.Instance, TimeProvider.System);
        Session publisher = Connect(core, "a");
        DeliveryContext context = core.Contexts.Create();
        Session[] subscribers = [Connect(core, "b"), Connect(core, "b")];
        foreach (Session subscriber in subscribers) Receive(subscriber, context, "SUB foo.* 1\r\nSUB to.*.foo 2\r\nSUB to.> q 3\r\n");
        byte[] bytes = Encoding.ASCII.GetBytes(publish);
        Least(() => Receive(publisher, context, bytes)).ShouldBe(0);
        subscribers[0].Connection.Outbound.Messages.ShouldBeGreaterThanOrEqualTo(12_000);
    }

    [Fact]
    public async Task A_request_to_a_service_of_another_account_and_its_answer_allocate_what_their_subjects_take()
    {
        await using var core = new ServerCore(Sharing, NullLoggerFactory.Instance, TimeProvider.System);
        Session responder = Connect(core, "a"), requester = Connect(core, "b");
        DeliveryContext context = core.Contexts.Create();
        Receive(responder, context, "SUB svc 1\r\n");
        Receive(requester, context, "SUB in.* 1\r\n");
        byte[] request = "PUB svc in.reply 2\r\nhi\r\n"u8.ToArray();
        var endpoint = (SwallowingEndpoint)responder.Connection.Endpoint;
        byte[] answer = "PUB _R_.aaaaaa.bbbbbb 2\r\nok\r\n"u8.ToArray();
        long allocated = Least(() =>
        {
            Receive(requester, context, request);
            endpoint.Last.AsSpan(11, 17).CopyTo(answer.AsSpan(4));
            Receive(responder, context, answer);
        });
        requester.Connection.Outbound.Messages.ShouldBeGreaterThanOrEqualTo(6_000);
        allocated.ShouldBeLessThanOrEqualTo(64);
    }

    private static NatsServerOptions Sharing => new()
    {
        Accounts =
        [
            new AccountOptions
            {
                Name = "A",
                Users = [new UserOptions { Username = "a", Password = "p" }],
                Exports = [new AccountExport { Subject = "foo.*" }, new AccountExport { Subject = "svc", IsService = true }],
            },
            new AccountOptions
            {
                Name = "B",
                Users = [new UserOptions { Username = "b", Password = "p" }],
                Imports =
                [
                    new AccountImport { Account = "A", Subject = "foo.*", To = "to.$1.foo" },
                    new AccountImport { Account = "A", Subject = "foo.bar" },
                    new AccountImport { Account = "A", Subject = "svc", IsService = true },
                ],
            },
        ],
    };

    // Bytes of one of a thousand, in the best of five rounds, after a warm-up.
    private static long Least(Action act)
    {
        for (int i = 0; i < 5000; i++) act();
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) act();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least / 1000;
    }

    private static void Receive(Session session, DeliveryContext context, string text) => Receive(session, context, Encoding.ASCII.GetBytes(text));

    private static void Receive(Session session, DeliveryContext context, byte[] bytes)
    {
        // No assertion library here: it would allocate inside the measurement.
        if (session.Receive(context, bytes).Consumed != bytes.Length) throw new InvalidOperationException("not all bytes were consumed");
        context.Flush();
    }

    private static Session Connect(ServerCore core, string? user = null)
    {
        Connection connection = core.Attach(new SwallowingEndpoint(), "127.0.0.1", 1, peer => new ClientSession(peer, core, "STANDARD"));
        connection.Session.Start();
        Receive(connection.Session, core.Contexts.Create(), $"CONNECT {{\"verbose\":false,\"pedantic\":false,\"headers\":true{(user is null ? "" : $",\"user\":\"{user}\",\"pass\":\"p\"")}}}\r\n");
        return connection.Session;
    }
}
