using System.Text;
using CsCheck;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Permissions;

public class ResponsePermitsTests
{
    [Fact]
    public void One_answer_by_default()
    {
        ResponsePermits permits = Make(new ResponsePermission());
        permits.OnDelivered("inb.1"u8, 0);
        permits.TryUse("inb.2"u8, 0).ShouldBeFalse();
        permits.TryUse("inb.1"u8, 0).ShouldBeTrue();
        permits.TryUse("inb.1"u8, 0).ShouldBeFalse();
        permits.Count.ShouldBe(0);
    }

    [Fact]
    public void As_many_answers_as_granted()
    {
        ResponsePermits permits = Make(new ResponsePermission { MaxMessages = 3 });
        permits.OnDelivered("inb.1"u8, 0);
        permits.OnDelivered("inb.2"u8, 0);
        Enumerable.Range(0, 5).Count(_ => permits.TryUse("inb.1"u8, 0)).ShouldBe(3);
        permits.TryUse("inb.2"u8, 0).ShouldBeTrue();
    }

    [Fact]
    public void Answers_come_in_time_or_not_at_all()
    {
        ResponsePermits permits = Make(new ResponsePermission { MaxMessages = 10, Expires = TimeSpan.FromMilliseconds(300) });
        long end = TimeSpan.FromMilliseconds(300).Ticks;
        permits.OnDelivered("inb.1"u8, 0);
        permits.TryUse("inb.1"u8, end).ShouldBeTrue();
        permits.TryUse("inb.1"u8, end + 1).ShouldBeFalse();
        permits.Count.ShouldBe(0);
    }

    [Fact]
    public void Negative_limits_are_none()
    {
        ResponsePermits permits = Make(new ResponsePermission { MaxMessages = -1, Expires = TimeSpan.FromSeconds(-1) });
        permits.OnDelivered("inb.1"u8, 0);
        Enumerable.Range(0, 100).All(i => permits.TryUse("inb.1"u8, long.MaxValue / 2 + i)).ShouldBeTrue();
    }

    [Fact]
    public void Zero_limits_mean_the_defaults()
    {
        ResponsePermits permits = Make(new ResponsePermission { MaxMessages = 0, Expires = TimeSpan.Zero });
        permits.OnDelivered("a"u8, 0);
        permits.OnDelivered("b"u8, 0);
        permits.TryUse("a"u8, TimeSpan.FromMinutes(2).Ticks).ShouldBeTrue();
        permits.TryUse("a"u8, 0).ShouldBeFalse();
        permits.TryUse("b"u8, TimeSpan.FromMinutes(2).Ticks + 1).ShouldBeFalse();
    }

    // Recorded from nats-server 2.15.1: n requests with one reply subject, then as many answers as go through.
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 2, 0)]
    [InlineData(1, 3, 1)]
    [InlineData(1, 4, 0)]
    [InlineData(2, 1, 2)]
    [InlineData(2, 2, 1)]
    [InlineData(2, 3, 0)]
    [InlineData(2, 4, 2)]
    public void Requests_that_share_a_reply_subject_share_its_answers(int max, int requests, int answers)
    {
        ResponsePermits permits = Make(new ResponsePermission { MaxMessages = max });
        for (int i = 0; i < requests; i++)
            permits.OnDelivered("inb.1"u8, 0);
        Enumerable.Range(0, 5).Count(_ => permits.TryUse("inb.1"u8, 0)).ShouldBe(answers);
    }

    [Fact]
    public void Subjects_that_may_be_published_anyway_are_not_tracked()
    {
        CompiledPermissions permissions = CompiledPermissions.Compile(new PermissionSet
        {
            Publish = new SubjectPermission { Allow = ["inb.*"] },
            Responses = new ResponsePermission(),
        })!;
        ResponsePermits permits = new(permissions);
        permits.OnDelivered("inb.1"u8, 0);
        permits.Count.ShouldBe(0);
    }

    [Fact]
    public void Expired_grants_are_forgotten_as_new_ones_come()
    {
        ResponsePermits permits = Make(new ResponsePermission { Expires = TimeSpan.FromTicks(10) });
        for (int i = 0; i < 1_000; i++)
        {
            permits.OnDelivered(Utf8("inb." + i), i);
            permits.Count.ShouldBeLessThanOrEqualTo(11);
        }
    }

    [Fact]
    public void Memory_is_bounded_and_the_oldest_go_first()
    {
        ResponsePermits permits = Make(new ResponsePermission { MaxMessages = -1, Expires = TimeSpan.FromSeconds(-1) });
        for (int i = 0; i < 70_000; i++)
            permits.OnDelivered(Utf8("inb." + i), i);
        permits.Count.ShouldBe(65_536);
        permits.TryUse("inb.4463"u8, 0).ShouldBeFalse();
        permits.TryUse("inb.4464"u8, 0).ShouldBeTrue();
        permits.TryUse("inb.69999"u8, 0).ShouldBeTrue();
    }

    [Fact]
    public void Long_subjects_are_bounded_by_bytes()
    {
        ResponsePermits permits = Make(new ResponsePermission { MaxMessages = -1, Expires = TimeSpan.FromSeconds(-1) });
        string tail = new('x', 4_000);
        for (int i = 0; i < 3_000; i++)
            permits.OnDelivered(Utf8(i + tail), i);
        permits.Count.ShouldBeInRange(1_000, 2_100);
        permits.TryUse(Utf8(2_999 + tail), 0).ShouldBeTrue();
    }

    [Fact]
    public void Long_subjects_leave_no_memory_behind()
    {
        ResponsePermits permits = Make(new ResponsePermission());
        string tail = new('x', 4_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 2_000; i++)
            permits.OnDelivered(Utf8(i + tail), 0);
        for (int i = 0; i < 2_000; i++)
            permits.TryUse(Utf8(i + tail), 0).ShouldBeTrue();
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(4_000_000);
        GC.KeepAlive(permits);
    }

    [Fact]
    public void Steady_traffic_allocates_nothing()
    {
        ResponsePermits permits = Make(new ResponsePermission());
        byte[] reply = Utf8("_INBOX.0123456789012345678901.000");
        Round(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < 50; i++)
            Round(i);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Round(int round)
        {
            for (int i = 0; i < 100; i++)
            {
                reply[^1] = (byte)('0' + i % 10);
                reply[^2] = (byte)('0' + i / 10);
                permits.OnDelivered(reply, round);
            }

            for (int i = 0; i < 100; i++)
            {
                reply[^1] = (byte)('0' + i % 10);
                reply[^2] = (byte)('0' + i / 10);
                permits.TryUse(reply, round).ShouldBeTrue();
            }
        }
    }

    // Against a plain dictionary that follows the same rules.
    [Fact]
    public void Behaves_like_a_simple_model() =>
        Gen.Select(Gen.Int[0, 30], Gen.Bool, Gen.Int[0, 5]).Array[0, 300].Sample(steps =>
        {
            ResponsePermits permits = Make(new ResponsePermission { MaxMessages = 2, Expires = TimeSpan.FromTicks(20) });
            Dictionary<int, (int Uses, long At)> model = [];
            long now = 0;
            foreach ((int subject, bool delivered, int wait) in steps)
            {
                now += wait;
                byte[] bytes = Utf8("r." + subject);
                bool used = Use(model, subject, now);
                if (!delivered)
                    permits.TryUse(bytes, now).ShouldBe(used);
                else
                {
                    permits.OnDelivered(bytes, now);
                    if (!used)
                        model[subject] = (0, now);
                }
            }
        }, iter: 500);

    private static bool Use(Dictionary<int, (int Uses, long At)> model, int subject, long now)
    {
        if (!model.TryGetValue(subject, out (int Uses, long At) entry))
            return false;
        if (now - entry.At > 20)
        {
            model.Remove(subject);
            return false;
        }

        if (entry.Uses + 1 >= 2)
            model.Remove(subject);
        else
            model[subject] = (entry.Uses + 1, entry.At);
        return true;
    }

    private static ResponsePermits Make(ResponsePermission grant) => new(CompiledPermissions.Compile(new PermissionSet { Responses = grant })!);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
