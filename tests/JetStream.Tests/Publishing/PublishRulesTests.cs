using DotNats.JetStream.Publishing;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing;

public class PublishRulesTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void A_sealed_stream_takes_nothing()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", IsSealed = true });
        stream.Publish("a", "Nats-Expected-Stream: X").ShouldBe("10109 invalid operation on sealed stream");
    }

    [Fact]
    public void The_stream_has_to_have_the_expected_name()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Expected-Stream: S").ShouldBe("1");
        stream.Publish("a", "Nats-Expected-Stream: s").ShouldBe("10060 expected stream does not match");
        stream.Publish("a", "Nats-Expected-Stream:").ShouldBe("2");
    }

    [Fact]
    public void The_last_sequence_has_to_be_the_expected_one()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Expected-Last-Sequence: 0").ShouldBe("1");
        stream.Publish("a", "Nats-Expected-Last-Sequence: 0").ShouldBe("10071 wrong last sequence: 1");
        stream.Publish("a", "Nats-Expected-Last-Sequence: 1").ShouldBe("2");
        stream.Publish("a", "Nats-Expected-Last-Sequence: x").ShouldBe("10071 wrong last sequence: 2");
        stream.Publish("a", "Nats-Expected-Last-Sequence: 18446744073709551618").ShouldBe("3", "wraps around as in nats-server");
    }

    [Fact]
    public void The_last_sequence_of_a_subject_has_to_be_the_expected_one()
    {
        var stream = new RulesHarness();
        stream.Publish("a.x", "Nats-Expected-Last-Subject-Sequence: 0").ShouldBe("1");
        stream.Publish("a.x", "Nats-Expected-Last-Subject-Sequence: 0").ShouldBe("10071 wrong last sequence: 1");
        stream.Publish("a.y", "Nats-Expected-Last-Subject-Sequence: 0").ShouldBe("2");
        stream.Publish("a.z", "Nats-Expected-Last-Subject-Sequence: 5").ShouldBe("10071 wrong last sequence: 0");
        stream.Publish("a.z", "Nats-Expected-Last-Subject-Sequence: abc").ShouldBe("10071 wrong last sequence: 0");
    }

    [Fact]
    public void Another_subject_or_wildcard_can_be_named_for_the_expectation()
    {
        var stream = new RulesHarness();
        stream.Publish("a.1");
        stream.Publish("a.2");
        stream.Publish("b", "Nats-Expected-Last-Subject-Sequence: 2|Nats-Expected-Last-Subject-Sequence-Subject: a.*").ShouldBe("3");
        stream.Publish("b", "Nats-Expected-Last-Subject-Sequence: 1|Nats-Expected-Last-Subject-Sequence-Subject: a.1").ShouldBe("4");
        stream.Publish("b", "Nats-Expected-Last-Subject-Sequence: 0|Nats-Expected-Last-Subject-Sequence-Subject: a.>").ShouldBe("10071 wrong last sequence: 2");
        stream.Publish("b", "Nats-Expected-Last-Subject-Sequence-Subject: a.*").ShouldBe("10193 missing sequence for expected last sequence per subject");
    }

    [Fact]
    public void The_last_message_has_to_have_the_expected_id()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Expected-Last-Msg-Id: x").ShouldBe("10070 wrong last msg ID: ");
        stream.Publish("a", "Nats-Msg-Id: k1").ShouldBe("1");
        stream.Publish("a", "Nats-Msg-Id: k2|Nats-Expected-Last-Msg-Id: k1").ShouldBe("2");
        stream.Publish("a", "Nats-Expected-Last-Msg-Id: k1").ShouldBe("10070 wrong last msg ID: k2");
        stream.Publish("a").ShouldBe("3");
        stream.Publish("a", "Nats-Expected-Last-Msg-Id: k2").ShouldBe("10070 wrong last msg ID: ");
    }

    [Fact]
    public void A_message_sent_again_is_answered_with_the_first_ones_sequence()
    {
        var stream = new RulesHarness(window: TimeSpan.FromSeconds(10));
        stream.Publish("a", "Nats-Msg-Id: one").ShouldBe("1");
        stream.Publish("b", "Nats-Msg-Id: one").ShouldBe("1 duplicate");
        stream.Publish("b", "Nats-Msg-Id:").ShouldBe("2");
        stream.Publish("b", "Nats-Msg-Id:").ShouldBe("3");
        stream.Now += 10 * Second;
        stream.Publish("b", "Nats-Msg-Id: one").ShouldBe("4");
    }

    [Fact]
    public void A_mirror_takes_duplicates()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", IsMirror = true });
        stream.Publish("a", "Nats-Msg-Id: one").ShouldBe("1");
        stream.Publish("a", "Nats-Msg-Id: one").ShouldBe("2");
    }

    [Fact]
    public void Ids_are_known_again_after_a_restart()
    {
        var stream = new RulesHarness(window: TimeSpan.FromSeconds(10));
        stream.Publish("a", "Nats-Msg-Id: old");
        stream.Now += 8 * Second;
        stream.Publish("a", "Nats-Msg-Id: k1");
        stream.Publish("a");
        stream.Publish("a", "Nats-Msg-Id: k2");
        stream.Now += 3 * Second;
        stream.Reopen();
        stream.Publish("a", "Nats-Msg-Id: k1").ShouldBe("2 duplicate");
        stream.Publish("a", "Nats-Msg-Id: old").ShouldBe("5");
        stream.Reopen();
        while (stream.Rules.Recover(stream.Now, maxCount: 1))
        {
            // In parts, as a runner does it between other work.
        }

        stream.Ids.Count.ShouldBe(3);
        stream.Publish("a", "Nats-Expected-Last-Msg-Id: old").ShouldBe("6");
    }

    [Fact]
    public void What_is_stored_before_the_ids_are_known_again_counts_as_the_last_message()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Msg-Id: k1");
        stream.Reopen();
        stream.Publish("a").ShouldBe("2");
        stream.Publish("a", "Nats-Expected-Last-Msg-Id: k1").ShouldBe("10070 wrong last msg ID: ");
        stream.Publish("a", "Nats-Msg-Id: k1").ShouldBe("1 duplicate");
    }

    [Fact]
    public void Rollups_are_refused_unless_allowed()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Rollup: all").ShouldBe("10111 rollup not permitted");
        stream.Publish("a", "Nats-Rollup: bogus").ShouldBe("10111 rollup not permitted");
        stream.Publish("a", "Nats-Rollup: all", origin: PublishOrigin.Stream).ShouldBe("1");
        stream.Policy = stream.Policy with { AllowsRollup = true, DeniesPurge = true };
        stream.Publish("a", "Nats-Rollup: sub").ShouldBe("10111 rollup not permitted");
        stream.Log.Dump().Length.ShouldBe(1);
    }

    [Fact]
    public void A_rollup_takes_the_place_of_the_others()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", AllowsRollup = true });
        stream.Publish("a");
        stream.Publish("b");
        stream.Publish("a", "Nats-Rollup: SUB").ShouldBe("3");
        stream.Log.Dump().ShouldBe(["2 b [] ", "3 a [Nats-Rollup: SUB] "]);
        stream.Publish("c", "Nats-Rollup: all").ShouldBe("4");
        stream.Log.Dump().ShouldBe(["4 c [Nats-Rollup: all] "]);
        stream.Publish("c", "Nats-Rollup: Bo\"gus").ShouldBe("10111 rollup value invalid: \"bo\\\"gus\"");
    }

    [Theory]
    [InlineData("1s", "1")]
    [InlineData("2", "1")]
    [InlineData("NEVER", "1")]
    [InlineData("1.5s", "1")]
    [InlineData("00", "1")]
    [InlineData("", "1")]
    [InlineData("0", "10165 invalid per-message TTL")]
    [InlineData("0s", "10165 invalid per-message TTL")]
    [InlineData("-1", "10165 invalid per-message TTL")]
    [InlineData("-2s", "10165 invalid per-message TTL")]
    [InlineData("500ms", "10165 invalid per-message TTL")]
    [InlineData("bogus", "10165 invalid per-message TTL")]
    [InlineData("1d", "10165 invalid per-message TTL")]
    public void A_time_to_live_has_to_mean_one(string value, string expected) =>
        new RulesHarness(new PublishPolicy { Name = "S", AllowsTtl = true }).Publish("a", "Nats-TTL: " + value).ShouldBe(expected);

    [Fact]
    public void A_time_to_live_is_refused_unless_allowed()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-TTL: 5s").ShouldBe("10166 per-message TTL is disabled");
        stream.Publish("a", "Nats-TTL: bogus").ShouldBe("10165 invalid per-message TTL");
        stream.Publish("a", "Nats-TTL: 00").ShouldBe("1");
        stream.Publish("a", "Nats-TTL: 5s", origin: PublishOrigin.Stream).ShouldBe("2");
    }

    [Fact]
    public void No_message_goes_before_a_delete_marker_would()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", AllowsTtl = true, SubjectDeleteMarkerTtl = TimeSpan.FromSeconds(90.5) });
        stream.Publish("a", "Nats-TTL: 5s|A: b");
        stream.Publish("a", "Nats-TTL: 2m");
        stream.Publish("a", "Nats-TTL: never");
        stream.Policy = stream.Policy with { MaxMessagesPerSubject = 1 };
        stream.Publish("a", "Nats-TTL: 5s");
        stream.Log.Dump().ShouldBe(["1 a [A: b|Nats-TTL: 90] ", "2 a [Nats-TTL: 2m] ", "3 a [Nats-TTL: never] ", "4 a [Nats-TTL: 5s] "]);
    }

    [Fact]
    public void Who_asked_from_another_account_is_not_stored()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Request-Info: {}").ShouldBe("1");
        stream.Publish("a", "X: y|Nats-Request-Info: {}|Nats-Msg-Id: 1").ShouldBe("2");
        stream.Log.Dump().ShouldBe(["1 a [] ", "2 a [X: y|Nats-Msg-Id: 1] "]);
    }

    [Fact]
    public void Only_streams_say_where_a_message_came_from()
    {
        var stream = new RulesHarness();
        stream.Publish("a", "Nats-Stream-Source: X 1 > > a").ShouldBe("10227 message stream source header is not allowed");
        stream.Publish("a", "Nats-Stream-Source: X 1 > > a", origin: PublishOrigin.Stream).ShouldBe("1");
    }

    [Fact]
    public void Headers_and_payload_have_to_fit()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", MaxMessageSize = 20 });
        stream.Publish("a", payload: new string('x', 20)).ShouldBe("1");
        stream.Publish("a", payload: new string('x', 21)).ShouldBe("10054 message size exceeds maximum allowed");
        stream.Publish("a", "A: b", new string('x', 3)).ShouldBe("10054 message size exceeds maximum allowed");
        stream.Policy = stream.Policy with { MaxMessageSize = -1 };
        stream.Publish("a", "A: " + new string('x', 65_000)).ShouldBe("2");
        stream.Publish("a", "A: " + new string('x', 66_000)).ShouldBe("10097 header size exceeds maximum allowed of 64k");
        stream.Publish("a", payload: new string('x', 32 * 1024 * 1024)).ShouldBe("10077 message too large");
    }

    [Fact]
    public void Size_is_judged_before_what_headers_ask_for()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", MaxMessageSize = 60 });
        stream.Publish("a", "Nats-Msg-Id: 1").ShouldBe("1");
        string large = new('x', 61);
        foreach (string header in (string[])["Nats-Msg-Id: 1", "Nats-Rollup: x", "Nats-Expected-Stream: T", "Nats-Expected-Last-Sequence: 7", "Nats-Incr: x", "Nats-Schedule: x"])
            stream.Publish("a", header, large).ShouldBe("10054 message size exceeds maximum allowed");
        stream.Policy = stream.Policy with { AllowsCounters = true };
        stream.Publish("a", payload: large).ShouldBe("10054 message size exceeds maximum allowed");
        stream.Policy = stream.Policy with { MaxMessageSize = -1 };
        stream.Publish("a", "Nats-Rollup: x|A: " + new string('x', 66_000)).ShouldBe("10097 header size exceeds maximum allowed of 64k");
        stream.Policy = stream.Policy with { IsSealed = true, MaxMessageSize = 60 };
        stream.Publish("a", payload: large).ShouldBe("10109 invalid operation on sealed stream");
    }

    [Fact]
    public void What_is_taken_out_and_put_into_headers_counts_as_it_is_stored()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", MaxMessageSize = 60, AllowsSchedules = true, AllowsRollup = true, Subjects = new SubjectFilters(["a", "b"]) });
        stream.Publish("a", "Nats-Request-Info: " + new string('x', 60)).ShouldBe("1");
        stream.Policy = stream.Policy with { MaxMessageSize = 75 };
        stream.Publish("a", "Nats-Schedule: @every 1h|Nats-Schedule-Target: b", "1234567890").ShouldBe("10054 message size exceeds maximum allowed");
    }

    [Fact]
    public void A_full_stream_that_discards_new_messages_takes_those_that_replace_old_ones()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", DiscardsNew = true, MaxMessages = 2, MaxMessagesPerSubject = 1 });
        stream.Publish("a");
        stream.Publish("b");
        stream.Publish("c").ShouldBe("10077 maximum messages exceeded");
        stream.Publish("a").ShouldBe("3");
        stream.Policy = stream.Policy with { DiscardsNewPerSubject = true, AllowsRollup = true };
        stream.Publish("a").ShouldBe("10077 maximum messages per subject exceeded");
        stream.Publish("a", "Nats-Rollup: sub").ShouldBe("4");
    }

    [Fact]
    public void A_message_that_replaces_an_old_one_may_not_be_larger_where_bytes_are_full()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", DiscardsNew = true, MaxBytes = 100, MaxMessagesPerSubject = 1 });
        stream.Publish("a", payload: new string('x', 60)).ShouldBe("1");
        stream.Publish("b").ShouldBe("10077 maximum bytes exceeded");
        stream.Publish("a", payload: new string('x', 60)).ShouldBe("2");
        stream.Publish("a", payload: new string('x', 61)).ShouldBe("10077 maximum bytes exceeded");
    }

    [Fact]
    public void Judging_allocates_nothing_in_steady_state()
    {
        var stream = new RulesHarness(new PublishPolicy { Name = "S", AllowsTtl = true, SubjectDeleteMarkerTtl = TimeSpan.FromMinutes(1) });
        byte[] headers = RulesHarness.Block("A: b|Nats-Msg-Id: 1|Nats-Expected-Stream: S|Nats-TTL: 5s");
        Judge(stream, headers);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Judge(stream, headers);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void Judge(RulesHarness stream, byte[] headers)
    {
        for (int i = 0; i < 200; i++)
        {
            var publication = new Publication("a"u8, headers, "payload"u8);
            stream.Rules.Check(ref publication, stream.Now).IsStore.ShouldBeTrue();
            stream.Rules.CheckRoom(ref publication).IsStore.ShouldBeTrue();
        }
    }
}
