using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Schedules;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing.Schedules;

public class ScheduleTableTests
{
    private const long Second = 1_000_000_000;

    // 2024-06-01T12:00:00Z
    private const long Start = 1_717_243_200 * Second;

    private readonly ListLog _log = new();
    private readonly ScheduleTable _table = new();
    private long _now = Start;

    [Fact]
    public void A_repeating_schedule_fires_and_says_when_it_does_so_next()
    {
        Store("a.s", "Nats-Schedule: @every 10s|Nats-Schedule-Target: a.t|Nats-Rollup: sub|K: v", "tick");
        _table.NextDue.ShouldBe(Start + (10 * Second));
        Fire(Start + (9 * Second)).ShouldBeEmpty();
        Fire(Start + (10 * Second)).ShouldBe(["a.t [K: v|Nats-Scheduler: a.s|Nats-Schedule-Next: 2024-06-01T12:00:20Z] tick"]);
        _table.NextDue.ShouldBe(Start + (20 * Second));
        Fire(Start + (95 * Second)).ShouldBe(["a.t [K: v|Nats-Scheduler: a.s|Nats-Schedule-Next: 2024-06-01T12:01:45Z] tick"]);
        _table.Count.ShouldBe(1);
    }

    [Fact]
    public void A_single_time_fires_once_and_its_schedule_goes()
    {
        Store("a.s", "Nats-Schedule: @at 2024-06-01T12:00:05Z|Nats-Schedule-Target: a.t|Nats-Rollup: sub|Nats-Msg-Id: 1|Nats-Expected-Last-Sequence: 0|Nats-TTL: 1h|Nats-Schedule-TTL: 5m|Nats-Schedule-Rollup: sub", "once");
        Fire(Start + (5 * Second)).ShouldBe(["a.t [Nats-Scheduler: a.s|Nats-Schedule-Next: purge|Nats-TTL: 5m|Nats-Rollup: sub] once"]);
        _log.GetSubject("a.s"u8).Messages.ShouldBe(0UL);
        _table.Count.ShouldBe(0);
        _table.NextDue.ShouldBe(long.MaxValue);
    }

    [Fact]
    public void The_content_may_come_from_another_subject()
    {
        Store("a.s", "Nats-Schedule: @every 10s|Nats-Schedule-Target: a.t|Nats-Schedule-Source: a.src|K: own", "own");
        Fire(Start + (10 * Second)).ShouldBe(["a.t [K: own|Nats-Scheduler: a.s|Nats-Schedule-Next: 2024-06-01T12:00:20Z] own"]);
        Store("a.src", "Nats-Msg-Id: 7|K: src", "source");
        Fire(Start + (20 * Second)).ShouldBe(["a.t [K: src|Nats-Scheduler: a.s|Nats-Schedule-Next: 2024-06-01T12:00:30Z] source"]);
        Store("a.src", "", "plain");
        Fire(Start + (30 * Second)).ShouldBe(["a.t [Nats-Scheduler: a.s|Nats-Schedule-Next: 2024-06-01T12:00:40Z] plain"]);
    }

    [Fact]
    public void What_could_not_be_stored_fires_again_later()
    {
        Store("a.s", "Nats-Schedule: @every 1s|Nats-Schedule-Target: a.t", "tick");
        var due = new List<DueSchedule>();
        _table.TakeDue(Start + Second, 10, due);
        due.Count.ShouldBe(1);
        _table.NextDue.ShouldBe(Start + Second + (ScheduleTable.RetryDelay.Ticks * 100));
        Fire(Start + (11 * Second)).Count.ShouldBe(1);
    }

    [Fact]
    public void A_schedule_ends_when_its_subject_gets_another_message_or_it_is_removed()
    {
        Store("a.1", "Nats-Schedule: @every 1s|Nats-Schedule-Target: a.t", "");
        Store("a.2", "Nats-Schedule: @every 1s|Nats-Schedule-Target: a.t", "");
        Store("a.1", "", "stop");
        _table.Count.ShouldBe(1);
        _table.OnRemoved(1, "a.2"u8);
        _table.Count.ShouldBe(1, "another message of its subject");
        _table.OnRemoved(2, "a.2"u8);
        _table.Count.ShouldBe(0);
    }

    [Fact]
    public void Those_that_are_due_come_in_the_order_they_were_stored()
    {
        for (int i = 0; i < 5; i++) Store($"a.{i}", $"Nats-Schedule: @every {6 - i}s|Nats-Schedule-Target: a.t", "");
        var due = new List<DueSchedule>();
        _table.TakeDue(Start + (60 * Second), 3, due);
        due.Select(schedule => schedule.Sequence).ShouldBe([3UL, 4UL, 5UL]);
        _table.TakeDue(Start + (60 * Second), 10, due);
        due.Select(schedule => schedule.Sequence).ShouldBe([3UL, 4UL, 5UL, 1UL, 2UL]);
    }

    [Fact]
    public void After_a_restart_schedules_go_on_where_they_were()
    {
        Store("a.every", "Nats-Schedule: @every 10s|Nats-Schedule-Target: a.t1", "tick");
        Store("a.at", "Nats-Schedule: @at 2024-06-01T13:00:00Z|Nats-Schedule-Target: a.t2", "once");
        Store("a.ended", "Nats-Schedule: @every 10s|Nats-Schedule-Target: a.t3", "");
        Store("a.ended", "", "end");
        Store("a.bad", "Nats-Schedule: bogus|Nats-Schedule-Target: a.t4", "");
        Fire(Start + (10 * Second)).Count.ShouldBe(1);
        long next = _table.NextDue;
        var rebuilt = new ScheduleTable();
        rebuilt.Rebuild(_log, Start + (15 * Second));
        rebuilt.Count.ShouldBe(2);
        rebuilt.NextDue.ShouldBe(next);
        rebuilt.Rebuild(_log, Start + (7200 * Second));
        var due = new List<DueSchedule>();
        rebuilt.TakeDue(Start + (7200 * Second), 10, due);
        due.Select(schedule => schedule.Sequence).ShouldBe([1UL, 2UL]);
    }

    [Fact]
    public void Many_changes_leave_nothing_behind()
    {
        for (int i = 0; i < 10_000; i++) Store($"a.{i % 10}", $"Nats-Schedule: @every {(i % 7) + 1}s|Nats-Schedule-Target: a.t", "");
        _table.Count.ShouldBe(10);
        var due = new List<DueSchedule>();
        _table.TakeDue(long.MaxValue / 2, 100, due);
        due.Count.ShouldBe(10);
    }

    [Fact]
    public void What_is_no_schedule_any_more_is_forgotten()
    {
        Store("a.s", "Nats-Schedule: @every 1s|Nats-Schedule-Target: a.t", "");
        _log.Remove(1, erase: false);
        Fire(Start + Second).ShouldBeEmpty();
        _table.Count.ShouldBe(0);
    }

    private void Store(string subject, string headers, string payload)
    {
        byte[] block = RulesHarness.Block(headers);
        ulong sequence = _log.Append(new NewMessage { Timestamp = _now, Subject = RulesHarness.Utf8(subject), Headers = block, Payload = RulesHarness.Utf8(payload) }).Sequence;
        _table.OnStored(sequence, RulesHarness.Utf8(subject), block, _now);
    }

    /// <summary>Fires what is due as a runner does; what was stored.</summary>
    private List<string> Fire(long now)
    {
        _now = now;
        var due = new List<DueSchedule>();
        _table.TakeDue(now, 100, due);
        var message = new ScheduledMessage(_log);
        var stored = new List<string>();
        var rules = new PublishRules(new PublishPolicy { Name = "S", AllowsRollup = true, AllowsTtl = true, AllowsSchedules = true, Subjects = new SubjectFilters("a.>") }, _log, new DuplicateWindow(TimeSpan.FromMinutes(2)));
        foreach (DueSchedule schedule in due)
        {
            if (!message.TryMake(schedule, now))
            {
                _table.Forget(schedule);
                continue;
            }

            var publication = new Publication(message.Subject, message.Headers, message.Payload, PublishOrigin.Stream);
            rules.Check(ref publication, now).IsStore.ShouldBeTrue();
            rules.CheckRoom(ref publication).IsStore.ShouldBeTrue();
            ulong sequence = _log.Append(new NewMessage { Timestamp = now, Subject = publication.Subject, Headers = publication.Headers, Payload = publication.Payload }).Sequence;
            _table.OnStored(sequence, publication.Subject, publication.Headers, now);
            if (!publication.FinishedSchedule.IsEmpty)
            {
                _log.Purge(publication.FinishedSchedule, 0, 0);
                _table.OnRemoved(schedule.Sequence, publication.FinishedSchedule);
            }

            stored.Add(_log.Dump()[^1].Split(' ', 2)[1]);
        }

        return stored;
    }
}
