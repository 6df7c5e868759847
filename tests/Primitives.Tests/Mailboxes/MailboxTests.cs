using System.Collections.Concurrent;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public sealed class MailboxTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Exception> _errors = new();

    [Fact]
    public async Task Letters_are_handled_in_order_and_one_at_a_time()
    {
        const int Letters = 10_000;
        var seen = new List<int>();
        var done = new TaskCompletionSource();
        int inside = 0;
        Mailbox<int> mailbox = new(Handle, _errors.Enqueue, Letters);
        for (int i = 0; i < Letters; i++) mailbox.TryPost(i).ShouldBeTrue();
        await done.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        seen.ShouldBe(Enumerable.Range(0, Letters));

        void Handle(int letter)
        {
            Interlocked.Increment(ref inside).ShouldBe(1);
            seen.Add(letter);
            Interlocked.Decrement(ref inside);
            if (letter == Letters - 1) done.SetResult();
        }
    }

    [Fact]
    public async Task No_letter_of_many_writers_is_lost_or_doubled()
    {
        const int Writers = 4, Each = 20_000;
        var seen = new int[Writers * Each];
        int count = 0;
        var done = new TaskCompletionSource();
        Mailbox<int> mailbox = new(Handle, _errors.Enqueue, 100);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => Write(writer))));
        await done.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        seen.ShouldAllBe(times => times == 1);

        void Write(int writer)
        {
            for (int i = 0; i < Each; i++)
            {
                while (!mailbox.TryPost((writer * Each) + i)) Thread.Yield();
            }
        }

        void Handle(int letter)
        {
            seen[letter]++;
            if (++count == seen.Length) done.SetResult();
        }
    }

    [Theory]
    [InlineData(3, 1_000_000, 10)]
    [InlineData(1_000_000, 30, 10)]
    public void A_full_mailbox_refuses_until_a_letter_is_done(int maxCount, int maxBytes, int bytes)
    {
        using var gate = new SemaphoreSlim(0);
        Mailbox<int> mailbox = new(_ => gate.Wait(Patience), _errors.Enqueue, maxCount, maxBytes);
        for (int i = 0; i < 3; i++) mailbox.TryPost(i, bytes).ShouldBeTrue();
        mailbox.TryPost(3, bytes).ShouldBeFalse();
        (mailbox.Count, mailbox.Bytes).ShouldBe((3, 3L * bytes));
        gate.Release();
        SpinUntil(() => mailbox.Count == 2);
        mailbox.TryPost(4, bytes).ShouldBeTrue();
        gate.Release(3);
        SpinUntil(() => mailbox.Count == 0);
        mailbox.Bytes.ShouldBe(0);
    }

    [Fact]
    public void A_letter_larger_than_the_mailbox_is_refused()
    {
        Mailbox<int> mailbox = new(_ => { }, _errors.Enqueue, 10, maxBytes: 100);
        mailbox.TryPost(1, 101).ShouldBeFalse();
        (mailbox.Count, mailbox.Bytes).ShouldBe((0, 0L));
    }

    [Fact]
    public async Task A_handler_that_throws_is_reported_and_the_next_letter_is_handled()
    {
        var done = new TaskCompletionSource();
        Mailbox<int> mailbox = new(letter => { if (letter == 1) throw new InvalidOperationException("one"); done.SetResult(); }, _errors.Enqueue, 10);
        mailbox.TryPost(1);
        mailbox.TryPost(2);
        await done.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        _errors.ShouldHaveSingleItem().Message.ShouldBe("one");
    }

    [Fact]
    public void A_closed_mailbox_drops_what_waits_and_takes_nothing()
    {
        using var gate = new SemaphoreSlim(0);
        int handled = 0;
        Mailbox<int> mailbox = new(_ => { gate.Wait(Patience); Interlocked.Increment(ref handled); }, _errors.Enqueue, 10);
        for (int i = 0; i < 3; i++) mailbox.TryPost(i);
        // The first is in hand before the close: only those behind it are dropped.
        SpinUntil(() => mailbox.Count == 3);
        mailbox.Close();
        mailbox.TryPost(9).ShouldBeFalse();
        gate.Release(3);
        SpinUntil(() => mailbox.Count == 0);
        handled.ShouldBeLessThanOrEqualTo(1);
    }

    private static void SpinUntil(Func<bool> condition)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (!condition())
        {
            if (DateTime.UtcNow > end) throw new TimeoutException();
            Thread.Yield();
        }
    }
}
