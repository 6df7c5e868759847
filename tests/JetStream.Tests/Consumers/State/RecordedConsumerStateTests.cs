using System.Globalization;
using System.Text;
using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

/// <summary>The state beside what the real server said of its consumers, and the state it kept of them.</summary>
public class RecordedConsumerStateTests
{
    public static TheoryData<int> Histories => [.. Enumerable.Range(0, Read().Count)];

    [Theory]
    [MemberData(nameof(Histories))]
    public void It_is_what_the_real_server_says(int number)
    {
        ConsumerHistory history = Read()[number];
        var stream = new SortedSet<ulong>(Enumerable.Range(1, ConsumerHistory.Messages).Select(message => (ulong)message));
        ConsumerConfig config = ConfigOf(history);
        if (config.FilterSubject.Length > 0) stream.RemoveWhere(message => ConsumerHistory.SubjectOf((int)message) != config.FilterSubject);
        var state = new ConsumerState(config, Math.Max(1, config.StartSequence));
        foreach (HistoryStep step in history.Steps)
        {
            Do(state, stream, step);
            while (state.TryTakeExhausted(out _)) state.PendingCount.ShouldBeGreaterThanOrEqualTo(0);
            Say(state, config).ShouldBe(step.Said, $"{history.Config}: {step.Text}");
        }
    }

    [Theory]
    [MemberData(nameof(Histories))]
    public void What_the_real_server_kept_is_read(int number)
    {
        ConsumerHistory history = Read()[number];
        StoredConsumerState stored = ConsumerStateFormat.TryRead(history.StateFile).ShouldNotBeNull();
        var state = new ConsumerState(ConfigOf(history), 1);
        state.Restore(stored);
        Say(state, ConfigOf(history)).ShouldBe(history.Steps[^1].Said);
    }

    private static List<ConsumerHistory> Read()
    {
        using Stream stream = typeof(RecordedConsumerStateTests).Assembly.GetManifestResourceStream("ConsumerHistories.cases")!;
        using var reader = new StreamReader(stream);
        return ConsumerHistory.ParseAll(reader.ReadToEnd().Split('\n'));
    }

    private static ConsumerConfig ConfigOf(ConsumerHistory history)
    {
        ConsumerConfig config = ConsumerConfigReader.Config.ReadWhole(Encoding.UTF8.GetBytes(history.Config), new ConsumerConfig(), out string? error);
        error.ShouldBeNull();
        return config with { AckWaitNanoseconds = 3_600_000_000_000 };
    }

    private static void Do(ConsumerState state, SortedSet<ulong> stream, HistoryStep step)
    {
        switch (step.What)
        {
            case "next":
                if (state.TryPeekRedelivery(out ulong again, out _)) state.Redeliver(again, 0);
                else if (stream.FirstOrDefault(message => message >= state.NextSequence) is var next and > 0) state.Deliver(next, 0);
                break;
            case "ack" or "term":
                state.Ack(step.Number(1), step.Number(2), 0);
                break;
            case "nak":
                state.Nak(step.Number(1), step.Number(2), 0, 0);
                break;
            case "remove":
                stream.Remove(step.Number(1));
                state.Remove(step.Number(1), out _);
                break;
            case "purge":
                stream.RemoveWhere(message => message < step.Number(1));
                state.Purge(step.Number(1));
                break;
            case "reset":
                state.Reset(step.Number(1) == 0 ? state.AckFloor.Stream + 1 : step.Number(1));
                break;
        }
    }

    private static string Say(ConsumerState state, ConsumerConfig config) => string.Create(
        CultureInfo.InvariantCulture,
        $"{state.Delivered.Consumer} {state.Delivered.Stream} {state.AckFloor.Consumer} {state.AckFloor.Stream} {state.PendingCount} {(config.MaxDeliver == 1 ? 0 : state.RedeliveredCount)}");
}
