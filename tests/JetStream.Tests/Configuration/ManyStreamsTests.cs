using System.Collections;
using DotNats.JetStream;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Configuration;

/// <summary>What it costs to make a stream beside many others.</summary>
public sealed class ManyStreamsTests
{
    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1000, 3)]
    public void Without_a_limit_others_are_only_looked_at_for_their_subjects(long most, int times)
    {
        var streams = new CountingStreams(new() { ["O"] = new StreamConfig { Name = "O", Subjects = ["o"], MaxBytes = 10 } });
        var around = new StreamSurroundings { Streams = streams, Limits = AccountLimits.Of(new TierLimits { MaxStoreBytes = most }) };
        var request = new StreamConfigRequest { Config = new StreamConfig { Name = "A", Subjects = ["a"], MaxBytes = 10 } };
        StreamCreateRules.Judge(request, "A", around).Error.ShouldBeNull();
        streams.Times.ShouldBe(times);
    }

    [Fact]
    public void Subjects_that_differ_before_wildcards_are_compared_without_allocations()
    {
        SubjectText.Overlap("a.b.1.>", "a.b.2.*").ShouldBeFalse();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) SubjectText.Overlap("a.b.1.>", "a.b.2.*");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Texts_overlap_where_their_subjects_do()
    {
        string[] tokens = ["a", "b", "ab", "*", ">", "*a", ">a", ""];
        string[] texts = [.. from x in tokens from y in tokens from z in tokens select $"{x}.{y}.{z}", .. from x in tokens from y in tokens select $"{x}.{y}", .. tokens[..^1]];
        foreach (string one in texts)
        {
            byte[] oneBytes = System.Text.Encoding.UTF8.GetBytes(one);
            foreach (string other in texts)
            {
                bool expected = one == other || Subjects.Overlaps(oneBytes, System.Text.Encoding.UTF8.GetBytes(other));
                SubjectText.Overlap(one, other).ShouldBe(expected, $"{one} {other}");
            }
        }
    }

    private sealed class CountingStreams(Dictionary<string, StreamConfig> streams) : IReadOnlyDictionary<string, StreamConfig>
    {
        public int Times { get; private set; }

        public int Count => streams.Count;

        public IEnumerable<string> Keys => streams.Keys;

        public IEnumerable<StreamConfig> Values
        {
            get
            {
                Times++;
                foreach (StreamConfig stream in streams.Values) yield return stream;
            }
        }

        public StreamConfig this[string key] => streams[key];

        public bool ContainsKey(string key) => streams.ContainsKey(key);

        public bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out StreamConfig value) => streams.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, StreamConfig>> GetEnumerator() => streams.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
