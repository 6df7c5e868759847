using Storage.Tests.Logs;
using System.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Scans;

/// <summary>Who reads on is given messages that were read with the ones before: as if each had been looked for when it was asked for.</summary>
public sealed class ReadOnTests
{
    private static readonly SubjectFilters Odd = new("s.1", "s.3");

    private readonly MessageBuffer _buffer = new();

    [Fact]
    public async Task What_is_removed_while_others_are_read_is_not_shown()
    {
        await using LogFixture fixture = await FillAsync();
        for (ulong next = 1; next <= 90; next++) Next(fixture.Log, next).ShouldBe(next);
        fixture.Log.Remove(92, erase: false);
        Next(fixture.Log, 91).ShouldBe(91UL);
        Next(fixture.Log, 92).ShouldBe(93UL);
        fixture.Log.Purge("s.2"u8, before: 0, keep: 0);
        Next(fixture.Log, 94).ShouldBe(95UL);
        fixture.Log.Truncate(96);
        Next(fixture.Log, 97).ShouldBe(0UL);
        fixture.Add("other", "new");
        Next(fixture.Log, 97).ShouldBe(97UL);
        Encoding.UTF8.GetString(_buffer.Payload).ShouldBe("new");
    }

    [Fact]
    public async Task What_is_stored_meanwhile_follows()
    {
        await using LogFixture fixture = await FillAsync();
        for (ulong next = 1; next <= 98; next++) Next(fixture.Log, next).ShouldBe(next);
        ulong added = fixture.Add("s.1", "more");
        for (ulong next = 99; next <= added; next++) Next(fixture.Log, next).ShouldBe(next);
        Next(fixture.Log, added + 1).ShouldBe(0UL);
        Next(fixture.Log, added + 1).ShouldBe(0UL);
        fixture.Add("s.2", "more").ShouldBe(added + 1);
        Next(fixture.Log, added + 1).ShouldBe(added + 1);
    }

    [Fact]
    public async Task Messages_are_shown_as_often_as_they_are_asked_for_and_in_any_order()
    {
        await using LogFixture fixture = await FillAsync();
        for (ulong next = 1; next <= 50; next++) Next(fixture.Log, next).ShouldBe(next);
        Next(fixture.Log, 50).ShouldBe(50UL);
        Next(fixture.Log, 51).ShouldBe(51UL);
        Next(fixture.Log, 49).ShouldBe(49UL);
        Next(fixture.Log, 1).ShouldBe(1UL);
        Next(fixture.Log, 80).ShouldBe(80UL);
        Next(fixture.Log, 82).ShouldBe(82UL);
    }

    [Fact]
    public async Task Who_asks_for_something_else_gets_that()
    {
        await using LogFixture fixture = await FillAsync();
        await using LogFixture other = await FillAsync();
        for (ulong next = 1; next <= 40; next++) Next(fixture.Log, next).ShouldBe(next);
        Next(fixture.Log, 42, Odd).ShouldBe(43UL);
        Next(fixture.Log, 44, Odd).ShouldBe(45UL);
        Next(fixture.Log, 46).ShouldBe(46UL);
        other.Log.Remove(47, erase: false);
        Next(other.Log, 47).ShouldBe(48UL);
        Next(fixture.Log, 47).ShouldBe(47UL);
        fixture.Log.TryRead(12, _buffer).ShouldBe(ReadStatus.Found);
        _buffer.Sequence.ShouldBe(12UL);
        Next(fixture.Log, 48).ShouldBe(48UL);
    }

    [Fact]
    public async Task A_closed_log_shows_nothing_any_more()
    {
        await using LogFixture fixture = await FillAsync();
        for (ulong next = 1; next <= 50; next++) Next(fixture.Log, next).ShouldBe(next);
        await fixture.Log.DisposeAsync();
        Next(fixture.Log, 51).ShouldBe(0UL);
    }

    [Fact]
    public async Task Reading_on_allocates_nothing()
    {
        await using LogFixture fixture = await FillAsync();
        ReadAll(fixture.Log, Odd);
        ReadAll(fixture.Log, Odd);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadAll(fixture.Log, Odd);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private void ReadAll(FileLog log, SubjectFilters filters)
    {
        for (ulong next = 1; log.TryReadNext(next, filters, _buffer) == ReadStatus.Found; next = _buffer.Sequence + 1)
        {
        }
    }

    // The message found, which is what was stored; 0 for none.
    private ulong Next(FileLog log, ulong from, SubjectFilters? filters = null)
    {
        if (log.TryReadNext(from, filters, _buffer) != ReadStatus.Found) return 0;
        string payload = Encoding.UTF8.GetString(_buffer.Payload);
        if (payload.StartsWith("payload", StringComparison.Ordinal))
        {
            payload.ShouldBe($"payload {_buffer.Sequence}");
            Encoding.UTF8.GetString(_buffer.Subject).ShouldBe($"s.{_buffer.Sequence % 4}");
            Encoding.UTF8.GetString(_buffer.Headers).ShouldBe(HeadersOf(_buffer.Sequence));
            Encoding.UTF8.GetString(_buffer.Body).ShouldBe($"{HeadersOf(_buffer.Sequence)}{payload}\r\n");
            _buffer.Timestamp.ShouldBe((long)_buffer.Sequence);
        }

        return _buffer.Sequence;
    }

    private static string HeadersOf(ulong sequence) => sequence % 3 == 0 ? $"NATS/1.0\r\nNumber: {sequence}\r\n\r\n" : "";

    private static async Task<LogFixture> FillAsync()
    {
        var fixture = new LogFixture();
        fixture.Open(new LogOptions { Name = "S", BlockBytes = 4000 });
        for (ulong i = 1; i <= 100; i++) fixture.Add($"s.{i % 4}", $"payload {i}", HeadersOf(i), (long)i);
        await fixture.CommitAsync();
        return fixture;
    }
}
