using DotNats.JetStream;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Limits;

public sealed class AccountLimitsTests
{
    private static readonly AccountLimits Tiered = new(new Dictionary<string, TierLimits>
    {
        ["R1"] = new TierLimits { MaxStoreBytes = 1000, MaxStreams = 2 },
        ["R3"] = new TierLimits { MaxStoreBytes = 100 },
    });

    [Fact]
    public void Streams_have_the_limits_of_their_number_of_replicas()
    {
        Tiered.TrySelect(0, out TierLimits? limits, out string tier).ShouldBeTrue();
        (limits!.MaxStoreBytes, tier).ShouldBe((1000, "R1"));
        Tiered.TrySelect(3, out limits, out tier).ShouldBeTrue();
        (limits!.MaxStoreBytes, tier).ShouldBe((100, "R3"));
        Tiered.TrySelect(2, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_tier_that_is_not_there_allows_nothing() =>
        Create(new StreamConfig { Name = "A", Replicas = 2 }).Error.ShouldBe(ApiErrors.NoLimits);

    [Fact]
    public void Streams_of_other_tiers_do_not_count()
    {
        var three = new StreamConfig { Name = "B", Replicas = 3, MaxBytes = 100, Storage = StorageType.File };
        Create(new StreamConfig { Name = "A", MaxBytes = 1000 }, three).Error.ShouldBeNull();
        Create(new StreamConfig { Name = "A", Replicas = 3, MaxBytes = 1 }, three).Error.ShouldBe(ApiErrors.StorageResourcesExceeded);
        var one = new StreamConfig { Name = "C", Replicas = 1, Storage = StorageType.File };
        Create(new StreamConfig { Name = "A" }, one, one with { Name = "D" }).Error.ShouldBe(ApiErrors.MaximumStreamsLimit);
        Create(new StreamConfig { Name = "A" }, one, three).Error.ShouldBeNull();
    }

    [Fact]
    public void Without_tiers_every_replica_counts()
    {
        StreamReservation.OfAccount(AccountLimits.Flat, 3, 100).ShouldBe(300);
        StreamReservation.OfAccount("R3", 3, 100).ShouldBe(100);
        StreamReservation.OfAccount(AccountLimits.Flat, 5, long.MaxValue).ShouldBe(long.MaxValue);
        StreamReservation.OfAccount(AccountLimits.Flat, 3, -1).ShouldBe(0);
    }

    [Fact]
    public void An_update_may_keep_the_tier_it_leaves_where_the_new_one_has_no_limits()
    {
        var old = new StreamConfig { Name = "A", Replicas = 3, MaxBytes = 50, Storage = StorageType.File, Subjects = ["a"] };
        var around = new StreamSurroundings { Limits = Tiered, AllowsReplicas = true, Streams = new Dictionary<string, StreamConfig> { ["A"] = old } };
        StreamUpdateRules.Judge(old, old with { Replicas = 2 }, around).Error.ShouldBeNull();
        StreamUpdateRules.Judge(old, old with { Replicas = 2, MaxBytes = 101 }, around).Error.ShouldBe(ApiErrors.StorageResourcesExceeded);
    }

    [Fact]
    public void Consumers_that_ask_for_more_than_new_limits_allow_are_named()
    {
        var old = new StreamConfig { Name = "A" };
        StreamConfig config = old with { ConsumerLimits = new ConsumerLimits { InactiveThresholdNanoseconds = 10, MaxAckPending = 5 } };
        (string, long, long)[] consumers = [("one", 11, 0), ("two", 10, 5), ("three", 0, 6)];
        StreamUpdateRules.CheckConsumers(old, config, consumers)!.Description.ShouldBe("change to limits violates consumers: one, three");
        StreamUpdateRules.CheckConsumers(config, config, consumers).ShouldBeNull();
        StreamUpdateRules.CheckConsumers(old, config, [("two", 10, 5)]).ShouldBeNull();
    }

    private static ConfigVerdict Create(StreamConfig config, params StreamConfig[] others) =>
        StreamCreateRules.Judge(new StreamConfigRequest { Config = config }, config.Name, new StreamSurroundings
        {
            Limits = Tiered,
            AllowsReplicas = true,
            Streams = others.ToDictionary(other => other.Name),
        });
}
