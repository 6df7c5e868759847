using System.Text;
using CsCheck;
using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class PullQueueTests
{
    private const long Second = 1_000_000_000;

    private readonly FakePullClients _clients = new();
    private readonly ConsumerConfig _config = new() { MaxWaiting = 4 };

    [Fact]
    public void Requests_take_turns_until_they_have_what_they_asked_for()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "a", """{"batch":2}""");
        Add(queue, "b", "3");
        Serve(queue, 6).ShouldBe(["a", "b", "a", "b", "b", null]);
        queue.Count.ShouldBe(0);
        _clients.TakeTold().ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"batch":11}""", "r 409 Exceeded MaxRequestBatch of 10")]
    [InlineData("""{"batch":1,"expires":2000000001}""", "r 409 Exceeded MaxRequestExpires of 2s")]
    [InlineData("""{"batch":1,"max_bytes":101}""", "r 409 Exceeded MaxRequestMaxBytes of 100")]
    [InlineData("""{"min_pending":1}""", "r 400 Bad Request - Not a Overflow Priority consumer")]
    [InlineData("""{"id":"x"}""", "r 400 Bad Request - Not a Pinned Client Priority consumer")]
    [InlineData("""{"priority":10}""", "r 400 Bad Request - Priority must be between 0 and 9")]
    [InlineData("""{"batch":10,"expires":2000000000,"max_bytes":100,"group":"any"}""", null)]
    [InlineData("10", null)]
    public void What_the_configuration_does_not_allow_is_refused(string body, string? told)
    {
        PullQueue queue = Queue(_config with { MaxRequestBatch = 10, MaxRequestExpiresNanoseconds = 2 * Second, MaxRequestBytes = 100 });
        Add(queue, "r", body).ShouldBe(told is null);
        _clients.TakeTold().ShouldBe(told);
    }

    [Theory]
    [InlineData("{}", "r 400 Bad Request - Priority Group missing")]
    [InlineData("""{"group":"other"}""", "r 400 Bad Request - Invalid Priority Group")]
    [InlineData("""{"group":"g","min_ack_pending":1}""", null)]
    [InlineData("1", null)]
    public void A_consumer_with_groups_wants_one_of_them(string body, string? told)
    {
        PullQueue queue = Queue(_config with { PriorityGroups = ["g"], PriorityPolicy = PriorityPolicy.Overflow });
        Add(queue, "r", body);
        _clients.TakeTold().ShouldBe(told);
    }

    [Fact]
    public void Too_many_requests_are_refused_unless_they_have_heartbeats()
    {
        PullQueue queue = Queue(_config);
        for (int i = 0; i < 4; i++) Add(queue, $"r{i}", "1").ShouldBeTrue();
        Add(queue, "x", "1").ShouldBeFalse();
        _clients.TakeTold().ShouldBe("x 409 Exceeded MaxWaiting");
        Add(queue, "y", """{"batch":1,"expires":10,"idle_heartbeat":5}""").ShouldBeFalse();
        _clients.TakeTold().ShouldBeNull();
    }

    [Fact]
    public void In_a_full_queue_there_is_room_again_once_clients_are_gone()
    {
        PullQueue queue = Queue(_config);
        for (int i = 0; i < 4; i++) Add(queue, $"r{i}", "1");
        _clients.Gone.Add("r2");
        Add(queue, "x", "1", now: Second).ShouldBeTrue();
        queue.Count.ShouldBe(4);
        _clients.Gone.Add("r3");
        Add(queue, "y", "1", now: 2 * Second).ShouldBeFalse("it was looked through only a second ago");
        Add(queue, "y", "1", now: (2 * Second) + 1).ShouldBeTrue();
    }

    [Fact]
    public void What_does_not_wait_ends_at_once_where_there_is_nothing()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "a", """{"batch":1,"no_wait":true}""", pending: 0).ShouldBeFalse();
        _clients.TakeTold().ShouldBe("a 404 No Messages");
        Add(queue, "b", """{"batch":5,"no_wait":true}""", pending: 5).ShouldBeTrue();
        Add(queue, "c", """{"batch":5,"no_wait":true}""", pending: 4).ShouldBeFalse();
        _clients.TakeTold().ShouldBe("c 408 Requests Pending");
        queue.Process(atEnd: false, 1);
        _clients.TakeTold().ShouldBeNull();
        queue.Process(atEnd: true, 1);
        _clients.TakeTold().ShouldBe("b 404 No Messages");
    }

    [Fact]
    public void With_a_time_it_waits_for_its_first_message()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "a", """{"batch":5,"no_wait":true,"expires":1000}""", pending: 0).ShouldBeTrue();
        queue.Process(atEnd: true, 1);
        queue.Count.ShouldBe(1);
        Serve(queue, 1).ShouldBe(["a"]);
        queue.Process(atEnd: true, 2);
        _clients.TakeTold().ShouldBe("a 404 No Messages");
    }

    [Fact]
    public void Time_and_heartbeats_are_kept()
    {
        PullQueue queue = Queue(_config);
        queue.NextDue.ShouldBe(long.MaxValue);
        Add(queue, "a", """{"batch":3,"expires":100,"idle_heartbeat":40,"max_bytes":1000}""");
        queue.NextDue.ShouldBe(40);
        queue.Process(atEnd: true, 39);
        _clients.TakeTold().ShouldBeNull();
        queue.Process(atEnd: true, 40);
        _clients.TakeTold().ShouldBe("a 100 Idle Heartbeat");
        queue.NextDue.ShouldBe(80);
        Serve(queue, 1, bytes: 100, now: 60).ShouldBe(["a"]);
        queue.Process(atEnd: true, 80);
        _clients.TakeTold().ShouldBeNull("it was given something");
        queue.NextDue.ShouldBe(100);
        queue.Process(atEnd: true, 100);
        _clients.TakeTold().ShouldBe("a 408 Request Timeout m=2 b=900");
        queue.NextDue.ShouldBe(long.MaxValue);
    }

    [Fact]
    public void Expired_requests_get_no_turn()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "a", """{"batch":3,"expires":100}""");
        Add(queue, "b", """{"batch":1}""");
        Serve(queue, 1, now: 100).ShouldBe(["b"]);
        _clients.TakeTold().ShouldBe("a 408 Request Timeout m=3 b=0");
    }

    [Fact]
    public void Bytes_are_counted()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "exact", """{"batch":9,"max_bytes":100}""");
        Serve(queue, 2, bytes: 50).ShouldBe(["exact", "exact"]);
        queue.Count.ShouldBe(0);
        _clients.TakeTold().ShouldBeNull();
        Add(queue, "less", """{"batch":9,"max_bytes":120}""");
        Serve(queue, 3, bytes: 50).ShouldBe(["less", "less", null]);
        _clients.TakeTold().ShouldBe("less 409 Message Size Exceeds MaxBytes m=7 b=20");
        Add(queue, "full", """{"batch":1,"max_bytes":120}""");
        Serve(queue, 1, bytes: 50).ShouldBe(["full"]);
        _clients.TakeTold().ShouldBe("full 409 Batch Completed m=0 b=70");
        Add(queue, "odd", """{"max_bytes":120}""");
        Serve(queue, 1, bytes: 50).ShouldBe(["odd"]);
        _clients.TakeTold().ShouldBe("odd 409 Batch Completed m=-1 b=70");
    }

    [Fact]
    public void Whoever_is_gone_gets_no_turn()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "a", "1");
        queue.Add(Parse("2"), "imported"u8, null, isImported: true, 10, 0);
        Add(queue, "c", "1");
        _clients.Gone.UnionWith(["a", "imported"]);
        Serve(queue, 2).ShouldBe(["c", null]);
        _clients.TakeTold().ShouldBe("imported 408 Interest Expired m=2 b=0");
    }

    [Fact]
    public void Overflow_is_served_when_there_is_much_to_do()
    {
        PullQueue queue = Queue(_config with { PriorityGroups = ["g"], PriorityPolicy = PriorityPolicy.Overflow });
        Add(queue, "p", """{"batch":9,"group":"g","min_pending":5}""");
        Add(queue, "k", """{"batch":9,"group":"g","min_ack_pending":3}""");
        queue.TakeTurn(1, 4, 2, 0).ShouldBeNull();
        Serve(queue, 1, pending: 5, ackPending: 2).ShouldBe(["p"]);
        Serve(queue, 1, pending: 4, ackPending: 3).ShouldBe(["k"]);
        Add(queue, "any", """{"batch":1,"group":"g"}""");
        Serve(queue, 2, pending: 1, ackPending: 0).ShouldBe(["any", null]);
    }

    [Fact]
    public void Lower_priorities_come_first_and_those_of_one_take_turns()
    {
        PullQueue queue = Queue(_config with { MaxWaiting = 9, PriorityGroups = ["g"], PriorityPolicy = PriorityPolicy.Prioritized });
        Add(queue, "none", "1");
        Add(queue, "two", """{"batch":1,"group":"g","priority":2}""");
        Add(queue, "one", """{"batch":2,"group":"g","priority":1}""");
        Add(queue, "uno", """{"batch":2,"group":"g","priority":1}""");
        Add(queue, "zero", """{"batch":1,"group":"g"}""");
        Serve(queue, 8).ShouldBe(["zero", "one", "uno", "one", "uno", "two", "none", null]);
    }

    [Fact]
    public void A_pin_that_lasts_longer_than_time_does_not_end_at_once()
    {
        PullQueue queue = Queue(_config with { PriorityGroups = ["g"], PriorityPolicy = PriorityPolicy.PinnedClient, PinnedTtlNanoseconds = long.MaxValue });
        Add(queue, "a", """{"batch":5,"group":"g"}""");
        Serve(queue, 1, now: Second).ShouldBe(["a"]);
        _clients.TakeTold().ShouldBe("pinned g");
        queue.Process(atEnd: false, now: Second).ShouldBeFalse();
        _clients.TakeTold().ShouldBeNull();
    }

    [Fact]
    public void One_client_is_pinned_until_it_does_not_ask_any_more()
    {
        PullQueue queue = Queue(_config with { PriorityGroups = ["g"], PriorityPolicy = PriorityPolicy.PinnedClient, PinnedTtlNanoseconds = 100 });
        Add(queue, "a", """{"batch":5,"group":"g"}""");
        Add(queue, "b", """{"batch":5,"group":"g"}""");
        Serve(queue, 2).ShouldBe(["a", "a"]);
        _clients.TakeTold().ShouldBe("pinned g");
        string pin = queue.PinId;
        pin.Length.ShouldBe(22);
        queue.NextDue.ShouldBe(100);
        Add(queue, "a2", $$"""{"batch":1,"group":"g","id":"{{pin}}"}""", now: 50).ShouldBeTrue();
        queue.NextDue.ShouldBe(150);
        Add(queue, "x", """{"batch":1,"group":"g","id":"nonsense"}""", now: 60).ShouldBeFalse();
        _clients.TakeTold().ShouldBe("x 423 Nats-Pin-Id mismatch");
        queue.Process(atEnd: false, 149).ShouldBeFalse();
        queue.Process(atEnd: false, 150).ShouldBeTrue();
        _clients.TakeTold().ShouldBe("unpinned g timeout");
        Serve(queue, 2, now: 160).ShouldBe(["b", "b"]);
        _clients.TakeTold().ShouldBe("pinned g|a 423 Nats-Wrong-Pin-Id m=3 b=0|a2 423 Nats-Wrong-Pin-Id m=1 b=0");
        queue.PinId.ShouldNotBe(pin);
        queue.Unpin("g");
        _clients.TakeTold().ShouldBe("unpinned g admin");
        (queue.PinId, queue.PinGivenAt).ShouldBe(("", 0));
    }

    [Fact]
    public void A_pin_for_a_message_too_large_is_taken_back()
    {
        PullQueue queue = Queue(_config with { PriorityGroups = ["g"], PriorityPolicy = PriorityPolicy.PinnedClient, PinnedTtlNanoseconds = 100 });
        Add(queue, "a", """{"batch":5,"group":"g","max_bytes":10}""");
        Serve(queue, 1, bytes: 50).ShouldBe([null]);
        _clients.TakeTold().ShouldBe("pinned g|a 409 Message Size Exceeds MaxBytes m=5 b=10");
        queue.PinId.ShouldBe("");
    }

    [Fact]
    public void When_the_consumer_ends_all_are_told()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "a", """{"batch":3,"expires":100}""");
        Add(queue, "b", "1");
        queue.Clear(PullStatusKind.ConsumerDeleted);
        _clients.TakeTold().ShouldBe("a 409 Consumer Deleted|b 409 Consumer Deleted");
        (queue.Count, queue.NextDue).ShouldBe((0, long.MaxValue));
    }

    [Fact]
    public void A_server_that_shuts_down_says_what_each_request_still_waited_for()
    {
        PullQueue queue = Queue(_config);
        Add(queue, "a", """{"batch":3,"max_bytes":500,"expires":100}""");
        queue.Clear(PullStatusKind.ServerShutdown);
        _clients.TakeTold().ShouldBe("a 409 Server Shutdown m=3 b=500");
    }

    [Fact]
    public void Nobody_gets_more_than_it_asked_for_and_nobody_is_forgotten()
    {
        PriorityPolicy[] policies = [PriorityPolicy.None, PriorityPolicy.Overflow, PriorityPolicy.PinnedClient, PriorityPolicy.Prioritized];
        Gen.Select(Gen.Int[0, 3], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 5], Gen.Int[0, 40], Gen.Bool).Array[0, 150]).Sample((policy, steps) =>
        {
            var clients = new FakePullClients();
            PullQueue queue = new(
                new ConsumerConfig { MaxWaiting = 8, PriorityGroups = policy == 0 ? [] : ["g"], PriorityPolicy = policies[policy], PinnedTtlNanoseconds = 20 }, clients, new Nuid());
            var open = new Dictionary<string, long>();
            long now = 0;
            int number = 0;
            foreach ((int what, int batch, int time, bool flag) in steps)
            {
                now += time / 8;
                string name = $"r{number++}";
                string json = $$"""{"batch":{{batch}},"expires":{{time}},"no_wait":{{(flag ? "true" : "false")}}{{(policy == 0 ? "" : ""","group":"g" """)}}{{(policy == 3 ? $",\"priority\":{batch}" : "")}}{{(time > 20 ? ",\"idle_heartbeat\":5,\"max_bytes\":100" : "")}}}""";
                if (what < 5 && queue.Add(Parse(json), Encoding.UTF8.GetBytes(name), null, false, 3, now)) open[name] = Math.Max(1, batch);
                else if (what is 5 or 6 or 7 && queue.TakeTurn(30, 1, 1, now) is { } pull)
                {
                    string taker = Encoding.UTF8.GetString(pull.Reply);
                    (--open[taker]).ShouldBeGreaterThanOrEqualTo(0);
                    bool isDone = pull.Messages <= 0;
                    queue.EndTurn(pull, now);
                    if (isDone) open.Remove(taker);
                }
                else if (what == 8) queue.Process(flag, now);
                else if (flag && open.Count > 0) clients.Gone.Add(open.Keys.First());

                foreach (string told in clients.Told.Where(told => !told.Contains(" 100 ") && !told.Contains("pinned g"))) open.Remove(told.Split(' ')[0]);
                clients.Told.Clear();
                queue.Count.ShouldBeGreaterThanOrEqualTo(open.Keys.Count(one => !clients.Gone.Contains(one)));
                queue.Count.ShouldBeLessThanOrEqualTo(open.Count);
            }

            queue.Sweep(now);
            clients.Told.Clear();
            queue.Clear(null);
            queue.Count.ShouldBe(0);
        }, iter: 1000);
    }

    [Fact]
    public void A_request_as_long_as_one_before_allocates_nothing()
    {
        PullQueue queue = Queue(_config);
        PullRequest request = Parse("2");
        Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Round();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Round()
        {
            queue.Add(request, "_INBOX.abcdefgh.1"u8, null, false, 2, 0);
            queue.Add(request, "_INBOX.abcdefgh.2"u8, null, false, 2, 0);
            queue.Process(true, 0);
            for (int i = 0; i < 4; i++) queue.EndTurn(queue.TakeTurn(100, 1, 1, 0)!, 0);
        }
    }

    private static PullRequest Parse(string body)
    {
        PullRequest request = PullRequest.Parse(Encoding.UTF8.GetBytes(body), out string? error);
        error.ShouldBeNull(body);
        return request;
    }

    private static bool Add(PullQueue queue, string reply, string body, ulong pending = 10, long now = 0) =>
        queue.Add(Parse(body), Encoding.UTF8.GetBytes(reply), null, isImported: false, pending, now);

    private static string?[] Serve(PullQueue queue, int count, long bytes = 1, ulong pending = 1, int ackPending = 0, long now = 0)
    {
        string?[] takers = new string?[count];
        for (int i = 0; i < count; i++)
        {
            if (queue.TakeTurn(bytes, pending, ackPending, now) is not { } pull) continue;
            takers[i] = Encoding.UTF8.GetString(pull.Reply);
            queue.EndTurn(pull, now);
        }

        return takers;
    }

    private PullQueue Queue(ConsumerConfig config) => new(config, _clients, new Nuid());
}
