using DotNats;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Server.Tests.Monitoring;

public sealed class ReportTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(FakeMonitoringSource.Start).AddHours(1));
    private readonly FakeMonitoringSource _source;
    private readonly MonitoringReports _reports;

    public ReportTests()
    {
        _source = new FakeMonitoringSource(_time);
        _reports = new MonitoringReports(_source);
    }

    [Fact]
    public void Varz_shows_options_in_the_units_of_the_reply()
    {
        _source.Options = new NatsServerOptions
        {
            Host = "1.2.3.4",
            Limits = new LimitOptions { MaxSubscriptions = 9, MaxPayloadBytes = 9000 },
            Timing = new TimingOptions { PingInterval = TimeSpan.FromSeconds(77), MaxPingsOut = 7, WriteDeadline = TimeSpan.FromSeconds(3) },
            Authorization = new AuthorizationOptions { Timeout = TimeSpan.FromSeconds(2.5) },
            Monitoring = new MonitoringOptions { HttpPort = -1 },
            WriteTimeout = WriteTimeoutPolicy.Retry,
        };
        VarzSnapshot reply = _reports.Varz();
        (reply.PingInterval, reply.PingMax, reply.WriteDeadline).ShouldBe((77_000_000_000, 7, 3_000_000_000));
        (reply.AuthTimeout, reply.TlsTimeout, reply.WriteTimeout).ShouldBe((2.5, 2.0, "retry"));
        (reply.MaxSubscriptions, reply.MaxPayload, reply.HttpHost, reply.HttpPort, reply.HttpsPort).ShouldBe((9, 9000, "1.2.3.4", -1, 0));
        reply.Uptime.ShouldBe("1h0m0s");
    }

    [Fact]
    public void Varz_gives_clients_with_TLS_a_second_more_to_authenticate()
    {
        _source.Options = new NatsServerOptions { Tls = new TlsOptions { Timeout = TimeSpan.FromSeconds(4) } };
        VarzSnapshot reply = _reports.Varz();
        (reply.AuthTimeout, reply.TlsTimeout).ShouldBe((5, 4));
    }

    [Fact]
    public void Varz_adds_up_kinds_and_accounts()
    {
        _source.AccountList[0].Subscribe("a", "1").Subscribe("b", "2");
        _source.AccountList[1].Subscribe("c", "3");
        _source.Totals = new ServerTotals { SlowConsumers = new CountByKind { Clients = 2, Routes = 1 }, StaleConnections = new CountByKind { LeafNodes = 4 } };
        VarzSnapshot reply = _reports.Varz();
        reply.Subscriptions.ShouldBe(3);
        reply.SlowConsumers.ShouldBe(3);
        reply.SlowConsumerStats.ShouldBe(new KindCounts(2, 1, 0, 0));
        reply.StaleConnections.ShouldBe(4);
        reply.StaleConnectionStats.ShouldBe(new KindCounts(0, 0, 0, 4));
    }

    [Fact]
    public void Varz_knows_feature_flags_and_leaves_strange_ones_out()
    {
        _source.Options = new NatsServerOptions { FeatureFlags = new Dictionary<string, bool> { ["js_ack_fc_v2"] = true, ["foo"] = true } };
        IReadOnlyDictionary<string, bool> flags = _reports.Varz().FeatureFlags!;
        flags["js_ack_fc_v2"].ShouldBeTrue();
        flags["js_raft_delete_range"].ShouldBeTrue();
        flags.Keys.ShouldBe(["js_ack_fc_v2", "js_api_reply_v2", "js_raft_delete_range", "js_snapshot_sources"]);
    }

    [Fact]
    public void Varz_shows_which_endpoints_were_asked_in_order()
    {
        _reports.HttpHits.Count("/varz");
        _reports.HttpHits.Count("/connz");
        _reports.HttpHits.Count("/varz");
        _reports.HttpHits.Count("/stacksz");
        _reports.Varz().HttpReqStats.ShouldBe([new("/connz", 1), new("/varz", 2)]);
    }

    [Fact]
    public void Load_is_measured_over_at_least_a_second()
    {
        ProcessUsage usage = new(_time);
        usage.ReadCpuPercent().ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(2));
        usage.ReadCpuPercent().ShouldBeGreaterThanOrEqualTo(0);
        ProcessUsage.ResidentBytes.ShouldBeGreaterThan(1_000_000);
    }

    [Fact]
    public void Subsz_counts_everything_and_lists_on_request()
    {
        FakeAccount account = _source.AddAccount("A").Subscribe("foo", "1").Subscribe("bar.*", "2", "q").Subscribe("bar.>", "3");
        account.Table = new SubscriptionTableFacts { Inserts = 4, Removes = 1, Matches = 6 };
        _source.Caches = new SubscriptionTableFacts { Matches = 4, CacheHits = 4, CacheEntries = 2, CachedFanout = 3, MaxFanout = 2 };
        SubszSnapshot plain = _reports.Subsz(new SubszQuery());
        (plain.NumSubscriptions, plain.NumInserts, plain.NumRemoves, plain.NumMatches, plain.NumCache).ShouldBe((3, 4, 1, 10, 2));
        (plain.CacheHitRate, plain.AvgFanout, plain.MaxFanout).ShouldBe((0.4, 1.5, 2));
        (plain.Total, plain.SubscriptionsList).ShouldBe((0, null));
        SubszSnapshot list = _reports.Subsz(new SubszQuery { ShowSubscriptions = true, Offset = 1, Limit = 1 });
        (list.Total, list.Offset, list.Limit).ShouldBe((3, 1, 1));
        list.SubscriptionsList!.Single().Subject.ShouldBe("bar.*");
        SubszSnapshot nothing = _reports.Subsz(new SubszQuery { Account = "nope" });
        (nothing.NumSubscriptions, nothing.NumCache).ShouldBe((0, 0));
    }

    [Theory]
    [InlineData("foo", new[] { "1" })]
    [InlineData("bar.x", new[] { "2", "3" })]
    [InlineData("bar.x.y", new[] { "3" })]
    [InlineData("bar", new string[0])]
    public void Subsz_test_keeps_what_a_message_would_reach(string subject, string[] sids)
    {
        _source.AddAccount("A").Subscribe("foo", "1").Subscribe("bar.*", "2").Subscribe("bar.>", "3");
        SubszSnapshot reply = _reports.Subsz(new SubszQuery { ShowSubscriptions = true, TestSubject = subject });
        (reply.SubscriptionsList ?? []).Select(subscription => subscription.Sid).ShouldBe(sids);
        reply.Total.ShouldBe(sids.Length);
    }

    [Fact]
    public void Accountz_lists_names_or_describes_one()
    {
        _reports.Accountz("").ShouldNotBeNull().Accounts.ShouldBe(["$G", "$SYS"]);
        AccountDetail detail = _reports.Accountz("$SYS").ShouldNotBeNull().AccountDetail.ShouldNotBeNull();
        detail.IsSystem.ShouldBeTrue();
        (detail.Exports, detail.Imports, detail.Mappings).ShouldBe((null, null, null));
        _reports.Accountz("nope").ShouldBeNull();
    }

    [Fact]
    public void Accstatz_leaves_unused_accounts_out_unless_asked()
    {
        FakeAccount used = _source.AddAccount("A");
        used.ClientCount = 2;
        used.LeafNodeCount = 1;
        used.Traffic = new AccountTraffic { Sent = new TrafficByKind { Messages = 3, Bytes = 15 }, SlowConsumers = 4 };
        AccountStatistics statistics = _reports.Accstatz(false).AccountStatz.Single();
        (statistics.Acc, statistics.Conns, statistics.Leafnodes, statistics.TotalConns, statistics.SlowConsumers).ShouldBe(("A", 2, 1, 3, 4));
        (statistics.Sent.Msgs, statistics.Sent.Bytes).ShouldBe((3, 15));
        _reports.Accstatz(true).AccountStatz.Select(account => account.Acc).ShouldBe(["$G", "$SYS", "A"]);
    }

    [Fact]
    public void Health_questions_that_make_no_sense_are_bad_requests()
    {
        HealthSnapshot stream = _reports.Healthz(new HealthzQuery { Stream = "S" });
        (stream.Status, stream.StatusCode, stream.Error).ShouldBe(("error", 400, "\"account\" must not be empty when checking stream health"));
        HealthSnapshot consumer = _reports.Healthz(new HealthzQuery { Consumer = "C", Details = true });
        (consumer.Status, consumer.StatusCode, consumer.Error).ShouldBe(("error", 400, null));
        consumer.Errors!.Single().ShouldBe(new HealthError { Type = "BAD_REQUEST", Error = "\"stream\" must not be empty when checking consumer health" });
    }

    [Fact]
    public void A_server_that_takes_no_connections_is_unhealthy()
    {
        _reports.Healthz(new HealthzQuery()).ShouldBe(new HealthSnapshot { Status = "ok" });
        _source.NotReadyReason = "why";
        HealthSnapshot reply = _reports.Healthz(new HealthzQuery { ServerOnly = true });
        (reply.Status, reply.StatusCode, reply.Error).ShouldBe(("error", 500, "why"));
    }

    [Fact]
    public void Queues_are_listed_when_they_hold_something_or_all()
    {
        _source.QueueList.AddRange([new QueueFacts("b", 0, 0), new QueueFacts("a", 2, 1)]);
        _reports.Queues(includeEmpty: false, "").Keys.ShouldBe(["a"]);
        _reports.Queues(includeEmpty: true, "").Keys.ShouldBe(["a", "b"]);
        _reports.Queues(includeEmpty: true, "b").Keys.ShouldBe(["b"]);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59.9, "59s")]
    [InlineData(61, "1m1s")]
    [InlineData(3600, "1h0m0s")]
    [InlineData(90061, "1d1h1m1s")]
    [InlineData(31_536_000 + 90061, "1y1d1h1m1s")]
    public void Uptime_starts_with_the_largest_unit(double seconds, string expected) => GoUptime.Format(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);
}
