using System.Globalization;
using System.Text;
using DotNats.Server.Accounts;
using Server.Tests.Harness;
using Shouldly;
using Xunit;
using static Server.Tests.Accounts.SharingServer;

namespace Server.Tests.Accounts;

// Each expectation was taken from nats-server 2.15.1.
public sealed class ServiceResponseTests
{
    private static readonly (string, string) Importer = ("B", "imports: [ {service: {account: A, subject: svc}} ]");

    private static (string, string) Exporter(string more = "") => ("A", $"exports: [ {{service: svc{more}}} ]");

    [Fact]
    public async Task A_singleton_service_answers_once()
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        string reply = await RequestAsync(a, b);
        for (int i = 0; i < 3; i++) (await PublishAsync(a, reply, $"r{i}")).ShouldBeEmpty();
        (await b.FenceAsync()).ShouldBe(["MSG in 1 2", "r0"]);
        ShouldBeClear(server);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("chunked")]
    public async Task A_streaming_service_answers_until_an_empty_message(string type)
    {
        await using SharingServer server = await StartAsync(Exporter($", response: {type}"), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        string reply = await RequestAsync(a, b);
        await PublishAsync(a, reply, "1");
        await PublishAsync(a, reply, "2");
        await PublishAsync(a, reply, "");
        await PublishAsync(a, reply, "3");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 1", "1", "MSG in 1 1", "2", "MSG in 1 0", ""]);
        ShouldBeClear(server);
    }

    [Fact]
    public async Task An_answer_with_a_reply_can_be_answered()
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        a.Send("SUB more 2");
        await PublishAsync(a, await RequestAsync(a, b), "r", "more");
        string further = await TakeReplyAsync(b);
        further.ShouldStartWith("_R_.");
        await PublishAsync(b, further, "again");
        (await a.FenceAsync()).ShouldBe(["MSG more 2 5", "again"]);
        ShouldBeClear(server);
    }

    [Fact]
    public async Task A_subscriber_of_the_exporter_sees_answers_under_the_servers_subject()
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        string reply = await RequestAsync(a, b);
        Dialogue watcher = await server.ConnectAsync("A", "", "SUB _R_.> 1");
        await PublishAsync(a, reply, "r");
        (await watcher.FenceAsync()).ShouldBe([$"MSG {reply} 1 1", "r"]);
    }

    [Fact]
    public async Task After_its_threshold_an_answer_goes_nowhere()
    {
        await using SharingServer server = await StartAsync(Exporter(", response_threshold: \"300ms\""), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        string reply = await RequestAsync(a, b);
        server.Server.Time.Advance(TimeSpan.FromSeconds(0.2));
        server.Account("A").ResponsesIfAny!.Count.ShouldBe(1);
        server.Server.Time.Advance(TimeSpan.FromSeconds(0.2));
        await ShouldBecomeClearAsync(server);
        (await PublishAsync(a, reply, "late")).ShouldBeEmpty();
        (await b.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_answer_of_a_stream_starts_the_threshold_anew()
    {
        await using SharingServer server = await StartAsync(Exporter(", response: stream, response_threshold: \"300ms\""), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        string reply = await RequestAsync(a, b);
        for (int i = 0; i < 5; i++)
        {
            server.Server.Time.Advance(TimeSpan.FromSeconds(0.25));
            await PublishAsync(a, reply, "more");
        }

        (await b.FenceAsync()).Count.ShouldBe(10);
        server.Server.Time.Advance(TimeSpan.FromSeconds(0.5));
        await ShouldBecomeClearAsync(server);
    }

    [Fact]
    public async Task Requests_with_different_thresholds_each_have_their_time()
    {
        await using SharingServer server = await StartAsync(
            ("A", """exports: [ {service: svc, threshold: "10s"}, {service: fast, threshold: "100ms"} ]"""),
            ("B", "imports: [ {service: {account: A, subject: svc}}, {service: {account: A, subject: fast}} ]"));
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        a.Send("SUB fast 2");
        string slow = await RequestAsync(a, b);
        await PublishAsync(b, "fast", "q", "in");
        await a.FenceAsync();
        server.Server.Time.Advance(TimeSpan.FromSeconds(0.2));
        await Eventually.HoldsAsync(() => server.Account("A").ResponsesIfAny!.Count == 1, "the fast one is gone");
        await PublishAsync(a, slow, "r");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 1", "r"]);
        ShouldBeClear(server);
    }

    [Theory]
    [InlineData("UNSUB 1")]
    [InlineData("UNSUB 2")]
    [InlineData("")]
    public async Task When_nobody_listens_any_more_the_way_back_is_forgotten(string end)
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in.1 1", "SUB on.* 2");
        await PublishAsync(b, "svc", "q", end == "UNSUB 2" ? "on.1" : "in.1");
        await a.FenceAsync();
        server.Account("A").ResponsesIfAny!.Count.ShouldBe(1);
        if (end.Length > 0) b.Send(end);
        else await b.DisposeAsync();
        await ShouldBecomeClearAsync(server);
    }

    [Fact]
    public async Task While_somebody_else_of_the_account_listens_the_way_back_stays()
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        Dialogue other = await server.ConnectAsync("B", "", "SUB in 9");
        string reply = await RequestAsync(a, b);
        b.Send("UNSUB 1");
        await b.FenceAsync();
        await PublishAsync(a, reply, "r");
        (await other.FenceAsync()).ShouldBe(["MSG in 9 1", "r"]);
    }

    [Fact]
    public async Task Many_waiting_responses_are_swept_once_for_wildcards_that_end()
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in.* 1");
        for (int i = 0; i < 200; i++) b.Send($"PUB svc in.{i} 1", "q");
        await b.FenceAsync();
        await a.FenceAsync();
        b.Send("SUB other.* 2", "UNSUB 2", "UNSUB 1");
        await b.FenceAsync();
        server.Account("B").AwaitedReplies.Count.ShouldBe(200);
        server.Server.Time.Advance(TimeSpan.FromSeconds(0.2));
        await ShouldBecomeClearAsync(server);
    }

    [Fact]
    public async Task A_hundred_thousand_requests_leave_nothing_behind()
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in.* 1");
        int subscriptions = server.Account("A").Subscriptions.Count + server.Account("B").Subscriptions.Count;
        int timers = server.Server.Server.Core.Timers.Count;
        const int batch = 1000;
        for (int round = 0; round < 100; round++)
        {
            var requests = new StringBuilder();
            for (int i = 0; i < batch; i++) requests.Append(CultureInfo.InvariantCulture, $"PUB svc in.{i} 1\r\nq\r\n");
            b.SendBytes(Encoding.ASCII.GetBytes(requests.ToString()));
            await b.FenceAsync();
            var answers = new StringBuilder();
            // One in ten is never answered.
            int answered = 0;
            foreach (string line in await a.FenceAsync())
            {
                if (line.StartsWith("HMSG", StringComparison.Ordinal) && ++answered % 10 != 0) answers.Append(CultureInfo.InvariantCulture, $"PUB {line.Split(' ')[3]} 1\r\na\r\n");
            }

            answered.ShouldBe(batch);
            a.SendBytes(Encoding.ASCII.GetBytes(answers.ToString()));
            await a.FenceAsync();
            (await b.FenceAsync()).Count.ShouldBe(batch * 9 / 10 * 2);
        }

        server.Account("A").ResponsesIfAny!.Count.ShouldBe(10_000);
        server.Server.Time.Advance(TimeSpan.FromMinutes(3));
        await ShouldBecomeClearAsync(server);
        // The subscription for responses stays; timers are those of the connections and of the system account.
        (server.Account("A").Subscriptions.Count + server.Account("B").Subscriptions.Count).ShouldBe(subscriptions + 1);
        await a.DisposeAsync();
        await b.DisposeAsync();
        await Eventually.HoldsAsync(() => server.Server.Server.Core.Timers.Count <= timers, "no timer is left");
    }

    [Theory]
    [InlineData("_R_.aaaaaa.bbbbbb", true)]
    [InlineData("_R_.{0}.bbbbbb", false)]
    [InlineData("_R_.{0}.bbbb", false)]
    [InlineData("_R_.{0}.", true)]
    [InlineData("_R_.{0}.bbbbbb.more", false)]
    [InlineData("_R_.{0}.bb%bbb", false)]
    [InlineData("{1}.x", false)]
    [InlineData("{1}.aaaaaaaa.T", false)]
    public async Task Subjects_nobody_was_given_answer_nothing(string subject, bool nobodyThere)
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        string reply = await RequestAsync(a, b);
        a.Send("SUB mine 5");
        List<string> told = await PublishAsync(a, string.Format(CultureInfo.InvariantCulture, subject, reply[4..10], reply), "x", "mine");
        if (nobodyThere) told[0].ShouldStartWith("HMSG mine 5 ");
        else told.ShouldBeEmpty();
        (await b.FenceAsync()).ShouldBeEmpty();
        await PublishAsync(a, reply, "r");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 1", "r"]);
    }

    [Fact]
    public async Task An_importer_of_everything_cannot_answer_for_the_exporter()
    {
        await using SharingServer server = await StartAsync(("A", """exports: [ {service: ">"} ]"""), ("B", """imports: [ {service: {account: A, subject: ">"}, to: "a.>"} ]"""));
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in 1");
        await PublishAsync(b, "a.svc", "q", "in");
        string reply = await TakeReplyAsync(a);
        await PublishAsync(b, "a." + reply, "forged");
        (await b.FenceAsync()).ShouldBeEmpty();
        await PublishAsync(a, reply, "r");
        (await b.FenceAsync()).ShouldBe(["MSG in 1 1", "r"]);
    }

    [Theory]
    [InlineData("in.*")]
    [InlineData("in.>")]
    [InlineData(">")]
    [InlineData("in..x")]
    public async Task Replies_that_are_no_subjects_do_no_harm(string reply)
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        Dialogue a = await server.ConnectAsync("A", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in.> 1");
        await PublishAsync(b, "svc", "q", reply);
        string given = await TakeReplyAsync(a);
        await PublishAsync(a, given, "r");
        await a.FenceAsync();
        await b.FenceAsync();
        b.Send("UNSUB 1");
        await b.FenceAsync();
        ShouldBeClear(server);
    }

    [Fact]
    public async Task One_reply_subject_may_wait_for_many_answers()
    {
        await using SharingServer server = await StartAsync(Exporter(), Importer);
        (Dialogue a, Dialogue b) = await ConnectBothAsync(server);
        var replies = new List<string>();
        for (int i = 0; i < 50; i++) replies.Add(await RequestAsync(a, b));
        replies.Distinct().Count().ShouldBe(50);
        foreach (string reply in Enumerable.Reverse(replies)) await PublishAsync(a, reply, "r");
        (await b.FenceAsync()).Count.ShouldBe(100);
        ShouldBeClear(server);
    }

    [Fact]
    public async Task The_answering_user_needs_no_more_than_allow_responses()
    {
        const string exporter = """
            users: [ {user: x, password: x, permissions: {subscribe: svc, publish: {allow: "no.thing"}, allow_responses: true}} ]
            exports: [ {service: svc} ]
            """;
        await using SharingServer server = await StartAsync(("A", exporter), Importer);
        Dialogue a = await server.ConnectAsync("X", "", "SUB svc 1"), b = await server.ConnectAsync("B", "", "SUB in 1");
        string reply = await RequestAsync(a, b);
        (await PublishAsync(a, reply, "r")).ShouldBeEmpty();
        (await b.FenceAsync()).ShouldBe(["MSG in 1 1", "r"]);
        (await PublishAsync(a, reply, "r"))[0].ShouldStartWith("-ERR 'Permissions Violation for Publish");
    }

    private static async Task<(Dialogue A, Dialogue B)> ConnectBothAsync(SharingServer server) =>
        (await server.ConnectAsync("A", "", "SUB svc 1"), await server.ConnectAsync("B", "", "SUB in 1"));

    private static async Task<string> RequestAsync(Dialogue a, Dialogue b)
    {
        (await PublishAsync(b, "svc", "q", "in")).ShouldBeEmpty();
        return await TakeReplyAsync(a);
    }

    private static void ShouldBeClear(SharingServer server)
    {
        foreach (Account account in server.Server.Server.Core.Accounts.All)
        {
            (account.ResponsesIfAny?.Count ?? 0).ShouldBe(0);
            account.AwaitedReplies.Count.ShouldBe(0);
        }
    }

    private static Task ShouldBecomeClearAsync(SharingServer server) => Eventually.HoldsAsync(
        () => server.Server.Server.Core.Accounts.All.All(account => (account.ResponsesIfAny?.Count ?? 0) == 0 && account.AwaitedReplies.Count == 0),
        "no response is awaited any more");
}
