using System.Text;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Conformance;
using Xunit;

namespace Storage.Tests.Logs.Memory;

public sealed class MemoryLogTests : IAsyncDisposable
{
    private readonly Conformance.RecordingListener _listener = new();
    private readonly MessageBuffer _buffer = new();
    private MemoryLog _log;

    public MemoryLogTests() => _log = Open(new LogOptions { Name = "S" });

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public void A_message_costs_no_allocation()
    {
        _log = new MemoryLog(new LogOptions { Name = "S", MaxMessages = 1000 }, new SilentListener());
        byte[][] subjects = [.. Enumerable.Range(0, 100).Select(i => Encoding.UTF8.GetBytes($"orders.{i}"))];
        byte[] payload = new byte[128];
        for (int i = 0; i < 20_000; i++) Append(subjects[i % 100], payload);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20_000; i++)
        {
            _log.Append(new NewMessage { Timestamp = i, Subject = subjects[i % 100], Payload = payload });
            _log.TryRead(_log.State.LastSequence, _buffer);
        }

        ((GC.GetAllocatedBytesForCurrentThread() - before) / 20_000).ShouldBe(0);
    }

    // The second in chunks of the largest size: an eighth of what is there, at most, waits to be filled.
    [Theory]
    [InlineData(1000, 20_000, 30_000_000)]
    [InlineData(16_000, 12_000, 220_000_000)]
    public void Memory_goes_when_messages_go(int bytes, int messages, long most)
    {
        byte[] payload = new byte[bytes];
        for (int i = 0; i < messages; i++) Append(Encoding.UTF8.GetBytes($"kv.{i % 5000}"), payload);
        long full = _log.HeldBytes;
        full.ShouldBeInRange((long)bytes * messages, most);
        // Every tenth stays: chunks that are nearly empty are emptied.
        for (ulong sequence = 1; sequence <= (ulong)messages; sequence++)
        {
            if (sequence % 10 != 0) _log.Remove(sequence, erase: false);
        }

        _log.HeldBytes.ShouldBeLessThan(full / 4);
        for (ulong sequence = 10; sequence <= (ulong)messages; sequence += 10) _log.TryRead(sequence, _buffer).ShouldBe(ReadStatus.Found);
        _log.Purge("kv.>"u8, 0, 0).ShouldBe((ulong)messages / 10);
        _log.HeldBytes.ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Survivors_among_values_that_change_at_once_do_not_hold_chunks()
    {
        _log = Open(new LogOptions { Name = "S", MaxMessagesPerSubject = 1 });
        byte[] payload = new byte[100];
        // One value of twenty is never written again; all others are, before their chunk is full.
        for (int i = 0; i < 200_000; i++) Append(Encoding.UTF8.GetBytes(i % 20 == 0 ? $"kept.{i}" : $"busy.{i % 20}"), payload);
        LogState state = _log.State;
        state.Messages.ShouldBe(10_019UL);
        // 48 bytes before each message.
        _log.HeldBytes.ShouldBeLessThan((long)(3 * (state.Bytes + (state.Messages * 48))));
    }

    [Fact]
    public void A_queue_goes_round_in_one_chunk()
    {
        byte[] payload = new byte[100];
        Append("q"u8.ToArray(), payload);
        long held = _log.HeldBytes;
        for (ulong i = 1; i <= 100_000; i++)
        {
            _log.Remove(i, erase: false);
            Append("q"u8.ToArray(), payload);
        }

        _log.HeldBytes.ShouldBe(held);
    }

    [Fact]
    public void A_small_log_is_small()
    {
        Append("a"u8.ToArray(), new byte[10]);
        _log.HeldBytes.ShouldBeLessThanOrEqualTo(4096);
    }

    [Fact]
    public void Large_messages_have_arrays_of_their_own()
    {
        byte[] payload = new byte[3_000_000];
        payload[^1] = 7;
        for (int i = 0; i < 3; i++) Append("big"u8.ToArray(), payload);
        _log.HeldBytes.ShouldBeLessThan(9_500_000);
        _log.TryRead(2, _buffer).ShouldBe(ReadStatus.Found);
        _buffer.Payload.SequenceEqual(payload).ShouldBeTrue();
        _log.Remove(2, erase: true);
        _log.HeldBytes.ShouldBeLessThan(6_500_000);
    }

    [Fact]
    public void A_subject_longer_than_any_record_is_refused()
    {
        Append(new byte[SubjectIndex.LongestSubject], []).Status.ShouldBe(LogStatus.Ok);
        Append(new byte[SubjectIndex.LongestSubject + 1], []).Status.ShouldBe(LogStatus.Refused);
    }

    [Fact]
    public void A_new_inspector_is_asked_about_every_message()
    {
        _log.Append(new NewMessage { Timestamp = 1000, Subject = "a"u8, Headers = HeaderInspector.Headers("7", isMarked: true), Payload = "x"u8 });
        _log.NextExpiry.ShouldBe(long.MaxValue);
        _log.Update(new LogOptions { Name = "S", Inspector = new HeaderInspector() });
        _log.NextExpiry.ShouldBe(1007);
        var marked = new List<ulong>();
        _log.CopyMarked(marked);
        marked.ShouldBe([1UL]);
        _log.Update(new LogOptions { Name = "S" });
        _log.NextExpiry.ShouldBe(long.MaxValue);
    }

    [Fact]
    public async Task A_closed_log_is_empty_and_takes_nothing()
    {
        Append("a"u8.ToArray(), [1]);
        await _log.DisposeAsync();
        _listener.Committed.ShouldBe(1);
        Append("a"u8.ToArray(), [1]).Status.ShouldBe(LogStatus.Failed);
        _log.TryRead(1, _buffer).ShouldBe(ReadStatus.NotFound);
        _log.HeldBytes.ShouldBe(0);
        await _log.DisposeAsync();
    }

    private MemoryLog Open(LogOptions options) => new(options, _listener);

    private AppendResult Append(byte[] subject, byte[] payload)
    {
        AppendResult result = _log.Append(new NewMessage { Timestamp = 1, Subject = subject, Payload = payload });
        _listener.Removals.Clear();
        return result;
    }
}
