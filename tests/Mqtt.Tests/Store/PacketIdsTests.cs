using CsCheck;
using DotNats.Mqtt.Store;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Store;

public sealed class PacketIdsTests
{
    private static readonly byte[] Ack = [1];

    [Fact]
    public void A_message_keeps_its_identifier_until_it_is_acknowledged()
    {
        var ids = new PacketIds();
        ids.Track("c", 7, Ack, 10).ShouldBe((ushort)1);
        ids.Track("c", 8, Ack, 10).ShouldBe((ushort)2);
        ids.Track("c", 7, [2], 10).ShouldBe((ushort)1);
        ids.EndMessage(1).ShouldBe([2]);
        ids.EndMessage(1).ShouldBeEmpty();
        ids.Track("c", 7, Ack, 10).ShouldBe((ushort)3);
    }

    [Fact]
    public void The_same_sequence_of_another_consumer_is_another_message()
    {
        var ids = new PacketIds();
        ids.Track("c", 7, Ack, 10).ShouldBe((ushort)1);
        ids.Track("d", 7, Ack, 10).ShouldBe((ushort)2);
    }

    [Fact]
    public void Too_many_get_none()
    {
        var ids = new PacketIds();
        ids.Track("c", 1, Ack, 1).ShouldBe((ushort)1);
        ids.Track("c", 2, Ack, 1).ShouldBe((ushort)0);
        ids.Track("c", 1, Ack, 1).ShouldBe((ushort)1);
    }

    [Fact]
    public void A_message_whose_release_is_on_its_way_is_not_sent_again()
    {
        var ids = new PacketIds();
        ids.Track("c", 1, Ack, 10).ShouldBe((ushort)1);
        ids.BeginRelease(1, "r");
        ids.Track("c", 1, Ack, 10).ShouldBe((ushort)0);
        ids.EndMessage(1).ShouldBe(Ack);
        ids.TrackRelease(1, "r", 5, [9]);
        ids.Track("c", 2, Ack, 10).ShouldBe((ushort)2);
        ids.EndRelease(1).ShouldBe([9]);
        ids.Releases.ShouldBe(0);
    }

    [Fact]
    public void Identifiers_go_round_and_pass_over_those_that_are_out()
    {
        var ids = new PacketIds();
        ids.Track("c", 0, Ack, ushort.MaxValue).ShouldBe((ushort)1);
        for (ulong sequence = 1; sequence < ushort.MaxValue; sequence++) ids.Track("c", sequence, Ack, ushort.MaxValue).ShouldBe((ushort)(sequence + 1));
        ids.TrackRetained("s").ShouldBe((ushort)0);
        ids.EndMessage(77);
        ids.TrackRetained("s").ShouldBe((ushort)77);
    }

    [Fact]
    public void A_subscription_that_is_given_up_frees_what_it_sent()
    {
        var ids = new PacketIds();
        ids.Track("c", 1, Ack, 10);
        ids.TrackRetained("s");
        ids.Track("d", 1, Ack, 10);
        ids.Forget("s", "c");
        ids.Messages.ShouldBe(1);
        ids.EndMessage(3).ShouldBe(Ack);
    }

    [Fact]
    public void No_identifier_is_out_twice() => Gen.Select(Gen.Int[0, 3], Gen.Int[1, 6], Gen.ULong[1, 12]).Array[1, 200].Sample(steps =>
    {
        var ids = new PacketIds();
        var outside = new Dictionary<ushort, ulong>();
        foreach ((int step, int id, ulong sequence) in steps)
        {
            if (step > 0)
            {
                ids.EndMessage((ushort)id);
                outside.Remove((ushort)id);
                continue;
            }

            ushort given = ids.Track("c", sequence, Ack, 5);
            if (given == 0) outside.Count.ShouldBe(5);
            else if (outside.TryGetValue(given, out ulong known)) known.ShouldBe(sequence);
            else outside.ShouldNotContain(pair => pair.Value == sequence);
            if (given != 0) outside[given] = sequence;
        }

        ids.Messages.ShouldBe(outside.Count);
    });
}
