using DotNats.Server.Monitoring;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Server.Tests.Monitoring;

public sealed class ConnzTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(FakeMonitoringSource.Start).AddSeconds(90));
    private readonly FakeMonitoringSource _source;
    private readonly MonitoringReports _reports;

    public ConnzTests()
    {
        _source = new FakeMonitoringSource(_time);
        _reports = new MonitoringReports(_source);
    }

    [Fact]
    public void Empty_server_lists_nothing_but_a_list()
    {
        ConnzSnapshot reply = _reports.Connz(new ConnzQuery());
        reply.Connections.ShouldNotBeNull().ShouldBeEmpty();
        reply.Limit.ShouldBe(1024);
        reply.ServerId.ShouldBe("NSERVER");
    }

    [Fact]
    public void Connections_come_by_id_whatever_order_the_server_keeps()
    {
        foreach (ulong id in new ulong[] { 5, 2, 9 }) _source.Connect(id);
        Ids(new ConnzQuery()).ShouldBe([2, 5, 9]);
    }

    [Theory]
    [InlineData("subs", new ulong[] { 2, 1, 3 })]
    [InlineData("pending", new ulong[] { 3, 2, 1 })]
    [InlineData("msgs_to", new ulong[] { 2, 3, 1 })]
    [InlineData("msgs_from", new ulong[] { 1, 3, 2 })]
    [InlineData("bytes_to", new ulong[] { 3, 1, 2 })]
    [InlineData("bytes_from", new ulong[] { 2, 1, 3 })]
    [InlineData("last", new ulong[] { 3, 2, 1 })]
    [InlineData("idle", new ulong[] { 1, 2, 3 })]
    [InlineData("uptime", new ulong[] { 2, 1, 3 })]
    [InlineData("rtt", new ulong[] { 1, 3, 2 })]
    [InlineData("start", new ulong[] { 1, 2, 3 })]
    public void Sorting_orders_by_the_named_number(string sort, ulong[] expected)
    {
        DateTime start = FakeMonitoringSource.Start;
        Connect(1, subscriptions: 2, pending: 1, outMessages: 1, inMessages: 9, outBytes: 5, inBytes: 5, last: 1, start: 2, rtt: 9);
        Connect(2, subscriptions: 3, pending: 2, outMessages: 9, inMessages: 1, outBytes: 1, inBytes: 9, last: 2, start: 3, rtt: 1);
        Connect(3, subscriptions: 1, pending: 3, outMessages: 5, inMessages: 5, outBytes: 9, inBytes: 1, last: 3, start: 1, rtt: 5);
        Ids(new ConnzQuery { Sort = sort }).ShouldBe(expected);

        void Connect(ulong id, int subscriptions, int pending, int outMessages, int inMessages, int outBytes, int inBytes, int last, int start, int rtt)
        {
            FakeConnection connection = _source.Connect(id);
            connection.Activity = new ConnectionActivity
            {
                StartTime = FakeMonitoringSource.Start.AddSeconds(start),
                LastActivity = FakeMonitoringSource.Start.AddSeconds(last),
                RoundTripTime = TimeSpan.FromMilliseconds(rtt),
                PendingBytes = pending,
                InMessages = inMessages,
                OutMessages = outMessages,
                InBytes = inBytes,
                OutBytes = outBytes,
            };
            for (int i = 0; i < subscriptions; i++) connection.Subscribe("s", $"{i}");
        }
    }

    [Fact]
    public void Sort_names_and_states_that_do_not_fit_are_refused_in_the_servers_words()
    {
        new ConnzQuery { Sort = "foo" }.Validate().ShouldBe("invalid sorting option: foo");
        new ConnzQuery { Sort = "stop" }.Validate().ShouldBe("sort by stop only valid on closed connections");
        new ConnzQuery { Sort = "stop", State = ConnectionState.Any }.Validate().ShouldBe("sort by stop only valid on closed connections");
        new ConnzQuery { Sort = "reason" }.Validate().ShouldBe("sort by reason only valid on closed connections");
        new ConnzQuery { Sort = "reason", State = ConnectionState.Closed }.Validate().ShouldBeNull();
        new ConnzQuery { FilterSubject = "a" }.Validate().ShouldBe("filter by subject only valid with account filtering");
        Should.Throw<ArgumentException>(() => _reports.Connz(new ConnzQuery { Sort = "foo" }));
    }

    [Fact]
    public void Only_the_page_is_described()
    {
        for (ulong id = 1; id <= 10; id++) _source.Connect(id);
        ConnzSnapshot reply = _reports.Connz(new ConnzQuery { Offset = 4, Limit = 2 });
        reply.Connections!.Select(connection => connection.Cid).ShouldBe([5UL, 6UL]);
        reply.Total.ShouldBe(10);
        reply.NumConnections.ShouldBe(2);
        reply.Offset.ShouldBe(4);
        reply.Limit.ShouldBe(2);
        _source.Connections.Sum(connection => connection.Described).ShouldBe(2);
    }

    [Fact]
    public void Offset_and_limit_out_of_range_fall_back()
    {
        _source.Connect(1);
        _reports.Connz(new ConnzQuery { Offset = -3, Limit = -3 }).Limit.ShouldBe(1024);
        ConnzSnapshot beyond = _reports.Connz(new ConnzQuery { Offset = 100 });
        beyond.Offset.ShouldBe(100);
        beyond.Connections.ShouldNotBeNull().ShouldBeEmpty();
        beyond.Total.ShouldBe(1);
    }

    [Fact]
    public void An_id_finds_its_connection_open_or_closed_and_limits_to_one()
    {
        _source.Connect(1);
        _source.Connect(2);
        Close(_source.Connect(3), "Client Closed");
        ConnzSnapshot open = _reports.Connz(new ConnzQuery { ConnectionId = 2, Limit = 100 });
        open.Connections!.Single().Cid.ShouldBe(2UL);
        open.Limit.ShouldBe(1);
        open.Total.ShouldBe(2);
        Ids(new ConnzQuery { ConnectionId = 3 }).ShouldBeEmpty();
        Ids(new ConnzQuery { ConnectionId = 3, State = ConnectionState.Any }).ShouldBe([3]);
        Ids(new ConnzQuery { ConnectionId = 2, State = ConnectionState.Closed }).ShouldBeEmpty();
        Ids(new ConnzQuery { ConnectionId = 99, State = ConnectionState.Any }).ShouldBeEmpty();
    }

    // As nats-server 2.15.1 answered.
    [Fact]
    public void An_id_finds_nobody_of_another_user_or_account()
    {
        _source.AddAccount("A");
        _source.AddAccount("B");
        _source.Connect(1, "A", "ann");
        _source.Connect(2, "B", "bob");
        Ids(new ConnzQuery { ConnectionId = 1, User = "ann", Account = "A" }).ShouldBe([1]);
        Ids(new ConnzQuery { ConnectionId = 1, User = "bob" }).ShouldBeEmpty();
        Ids(new ConnzQuery { ConnectionId = 1, MqttClient = "m" }).ShouldBeEmpty();
        Ids(new ConnzQuery { ConnectionId = 1, Account = "A", FilterSubject = "nothing" }).ShouldBe([1]);
        ConnzSnapshot other = _reports.Connz(new ConnzQuery { ConnectionId = 1, Account = "B" });
        other.Connections!.ShouldBeEmpty();
        other.Total.ShouldBe(1);
    }

    [Fact]
    public void User_account_and_mqtt_client_filter()
    {
        _source.AddAccount("A");
        _source.Connect(1, "A", "ann");
        _source.Connect(2, "A", "bob");
        _source.Connect(3, "$G", "ann").MqttClientId = "m";
        Ids(new ConnzQuery { User = "ann" }).ShouldBe([1, 3]);
        Ids(new ConnzQuery { User = "ann", Account = "A" }).ShouldBe([1]);
        Ids(new ConnzQuery { MqttClient = "m" }).ShouldBe([3]);
        _reports.Connz(new ConnzQuery { User = "bob", Account = "A" }).Total.ShouldBe(2);
    }

    [Fact]
    public void Unknown_account_answers_null_without_a_server_id()
    {
        ConnzSnapshot reply = _reports.Connz(new ConnzQuery { Account = "ZZ", Offset = 2, Limit = 5 });
        reply.Connections.ShouldBeNull();
        reply.ServerId.ShouldBe("");
        (reply.Offset, reply.Limit).ShouldBe((2, 5));
    }

    [Fact]
    public void Filter_subject_keeps_connections_with_overlapping_interest()
    {
        _source.AddAccount("A");
        _source.Connect(1, "A").Subscribe("foo.*", "1");
        _source.Connect(2, "A").Subscribe("bar", "1");
        _source.Connect(3, "A");
        Ids(new ConnzQuery { Account = "A", FilterSubject = "foo.bar" }).ShouldBe([1]);
        Ids(new ConnzQuery { Account = "A", FilterSubject = "*" }).ShouldBe([2]);
        Ids(new ConnzQuery { Account = "A", FilterSubject = ">" }).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void User_facts_are_shown_only_when_asked_for()
    {
        _source.AddAccount("A");
        FakeConnection connection = _source.Connect(1, "A", "ann");
        connection.Facts = connection.Facts with
        {
            Jwt = "j", IssuerKey = "i", Tags = ["t"],
            Tls = new TlsFacts { Version = "1.3", CipherSuite = "TLS_AES_128_GCM_SHA256", PeerCertificates = [new TlsPeerCertificate("CN=a", "s", "c")] },
        };
        ConnectionInfo plain = _reports.Connz(new ConnzQuery()).Connections!.Single();
        (plain.AuthorizedUser, plain.Account, plain.Jwt, plain.IssuerKey, plain.NameTag, plain.Tags, plain.TlsPeerCerts)
            .ShouldBe((null, null, null, null, null, null, null));
        plain.TlsVersion.ShouldBe("1.3");
        ConnectionInfo full = _reports.Connz(new ConnzQuery { ShowUser = true }).Connections!.Single();
        (full.AuthorizedUser, full.Account, full.Jwt, full.IssuerKey, full.NameTag).ShouldBe(("ann", "A", "j", "i", "A"));
        full.TlsPeerCerts!.Single().Subject.ShouldBe("CN=a");
    }

    [Fact]
    public void The_default_account_is_named_by_its_tag_only()
    {
        _source.Connect(1);
        ConnectionInfo info = _reports.Connz(new ConnzQuery { ShowUser = true }).Connections!.Single();
        info.Account.ShouldBeNull();
        info.NameTag.ShouldBe("$G");
    }

    [Fact]
    public void Subscriptions_come_as_subjects_or_in_detail()
    {
        _source.Connect(1).Subscribe("foo", "7", "q");
        _source.Connect(2);
        IReadOnlyList<ConnectionInfo> subjects = _reports.Connz(new ConnzQuery { Subscriptions = SubscriptionListing.Subjects }).Connections!;
        subjects[0].SubscriptionsList.ShouldBe(["foo"]);
        subjects[0].SubscriptionsListDetail.ShouldBeNull();
        subjects[1].SubscriptionsList.ShouldBeNull();
        IReadOnlyList<ConnectionInfo> details = _reports.Connz(new ConnzQuery { Subscriptions = SubscriptionListing.Detail }).Connections!;
        details[0].SubscriptionsListDetail!.Single().ShouldBe(new SubscriptionDetail { Subject = "foo", Sid = "7", Qgroup = "q", Cid = 1 });
        details[0].SubscriptionsList.ShouldBeNull();
    }

    [Fact]
    public void Closed_connections_keep_their_last_picture()
    {
        _source.AddAccount("A");
        FakeConnection connection = _source.Connect(4, "A", "ann").Subscribe("foo", "1");
        Close(connection, "Kicked");
        ConnectionInfo plain = _reports.Connz(new ConnzQuery { State = ConnectionState.Closed }).Connections!.Single();
        plain.Reason.ShouldBe("Kicked");
        plain.Stop.ShouldBe(_time.GetUtcNow().UtcDateTime);
        plain.Uptime.ShouldBe("1m30s");
        plain.Subscriptions.ShouldBe(1);
        (plain.AuthorizedUser, plain.Account).ShouldBe((null, null));
        ConnzQuery query = new() { State = ConnectionState.Closed, ShowUser = true, Subscriptions = SubscriptionListing.Detail };
        ConnectionInfo full = _reports.Connz(query).Connections!.Single();
        (full.AuthorizedUser, full.Account, full.NameTag).ShouldBe(("ann", "A", "A"));
        full.SubscriptionsListDetail!.Single().Account.ShouldBe("A");
        Ids(new ConnzQuery { State = ConnectionState.Closed, Account = "A" }).ShouldBe([4]);
        Ids(new ConnzQuery { State = ConnectionState.Closed, Account = "$G" }).ShouldBeEmpty();
    }

    [Fact]
    public void Closed_connections_sort_by_stop_and_reason()
    {
        Close(_source.Connect(1), "Stale Connection");
        _time.Advance(TimeSpan.FromSeconds(1));
        Close(_source.Connect(2), "Client Closed");
        _time.Advance(TimeSpan.FromSeconds(1));
        Close(_source.Connect(3), "Kicked");
        Ids(new ConnzQuery { State = ConnectionState.Closed, Sort = "stop" }).ShouldBe([3, 2, 1]);
        Ids(new ConnzQuery { State = ConnectionState.Closed, Sort = "reason" }).ShouldBe([2, 3, 1]);
    }

    [Fact]
    public void The_oldest_closed_connections_make_room()
    {
        _source.ClosedConnections = new ClosedConnections(2);
        for (ulong id = 1; id <= 5; id++) Close(_source.Connect(id), "Client Closed");
        Ids(new ConnzQuery { State = ConnectionState.Closed }).ShouldBe([4, 5]);
        _source.ClosedConnections = new ClosedConnections(0);
        Close(_source.Connect(6), "Client Closed");
        Ids(new ConnzQuery { State = ConnectionState.Closed }).ShouldBeEmpty();
    }

    [Fact]
    public void Any_state_counts_and_lists_both()
    {
        _source.Connect(1);
        Close(_source.Connect(2), "Client Closed");
        ConnzSnapshot reply = _reports.Connz(new ConnzQuery { State = ConnectionState.Any, Limit = 1 });
        reply.Total.ShouldBe(2);
        reply.NumConnections.ShouldBe(1);
        Ids(new ConnzQuery { State = ConnectionState.Any }).ShouldBe([1, 2]);
    }

    [Fact]
    public void Short_round_trips_are_cut_to_microseconds()
    {
        FakeConnection connection = _source.Connect(1);
        Rtt(TimeSpan.Zero).ShouldBe("0s");
        Rtt(TimeSpan.FromTicks(4739)).ShouldBe("473µs");
        Rtt(TimeSpan.FromTicks(14757)).ShouldBe("1.4757ms");

        string? Rtt(TimeSpan time)
        {
            connection.Activity.RoundTripTime = time;
            return _reports.Connz(new ConnzQuery()).Connections!.Single().Rtt;
        }
    }

    private void Close(FakeConnection connection, string reason)
    {
        _source.ClosedConnections.Add(ClosedConnection.Capture(connection, _time.GetUtcNow().UtcDateTime, reason));
        _source.Connections.Remove(connection);
    }

    private ulong[] Ids(ConnzQuery query) => _reports.Connz(query).Connections!.Select(connection => connection.Cid).ToArray();
}
