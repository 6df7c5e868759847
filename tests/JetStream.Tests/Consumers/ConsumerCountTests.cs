using DotNats;
using DotNats.JetStream;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public class ConsumerCountTests
{
    [Theory]
    [InlineData(0, 1000)]
    [InlineData(3, 3)]
    public void A_stream_that_says_nothing_has_as_many_consumers_as_the_server_allows(int configured, int allowed)
    {
        int most = new JetStreamLimitOptions { DefaultMaxConsumers = configured }.DefaultMaxConsumers;
        Create(new StreamConfig { Name = "S" }, most, existing: allowed - 1).Error.ShouldBeNull();
        Create(new StreamConfig { Name = "S" }, most, existing: allowed).Error.ShouldBe(ApiErrors.MaximumConsumersLimit);
    }

    [Fact]
    public void What_the_stream_says_counts_instead()
    {
        var stream = new StreamConfig { Name = "S", MaxConsumers = 5 };
        Create(stream, serverMost: 3, existing: 4).Error.ShouldBeNull();
        Create(stream, serverMost: 3, existing: 5).Error.ShouldBe(ApiErrors.MaximumConsumersLimit);
    }

    [Fact]
    public void A_server_may_allow_any_number() => Create(new StreamConfig { Name = "S" }, serverMost: -1, existing: 5000).Error.ShouldBeNull();

    private static ConsumerVerdict Create(StreamConfig stream, int serverMost, int existing)
    {
        var around = new ConsumerSurroundings
        {
            Stream = stream,
            Consumers = Enumerable.Range(0, existing).ToDictionary(static i => $"C{i}", static i => new ConsumerConfig { Name = $"C{i}", Durable = $"C{i}" }),
            ServerMaxConsumers = serverMost,
        };
        return ConsumerCreateRules.Judge(new ConsumerConfig { Name = "N", Durable = "N", AckPolicy = AckPolicy.Explicit }, ConsumerAction.Create, pedantic: false, around, "N");
    }
}
