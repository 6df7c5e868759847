using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests.Mailboxes;

public sealed class ChangeMarkTests
{
    private const int Rounds = 300_000;

    private ChangeMark _mark;
    private int _value;
    private int _seen;

    [Fact]
    public void It_is_taken_once_for_each_change()
    {
        var mark = new ChangeMark(isSet: true);
        mark.TryTake().ShouldBeTrue();
        mark.TryTake().ShouldBeFalse();
        mark.Set();
        mark.TryTake().ShouldBeTrue();
    }

    // Without a fence some of these rounds lose a change, in most runs.
    [Fact]
    public void A_change_is_seen_or_leaves_the_mark()
    {
        int begun = 0;
        int ended = 0;
        var changing = new Thread(() =>
        {
            for (int round = 1; round <= Rounds; round++)
            {
                while (Volatile.Read(ref begun) < round)
                {
                }

                for (int i = round % 32; i > 0; i--) Thread.SpinWait(1);
                Volatile.Write(ref _value, round);
                _mark.Set();
                Volatile.Write(ref ended, round);
            }
        });
        changing.Start();
        int lost = 0;
        for (int round = 1; round <= Rounds; round++)
        {
            _mark.Set();
            Volatile.Write(ref begun, round);
            for (int i = round % 61; i > 0; i--) Thread.SpinWait(1);
            Look();
            while (Volatile.Read(ref ended) < round)
            {
            }

            Look();
            if (_seen != round) lost++;
        }

        changing.Join();
        lost.ShouldBe(0);
    }

    private void Look()
    {
        if (_mark.TryTake()) _seen = Volatile.Read(ref _value);
    }
}
