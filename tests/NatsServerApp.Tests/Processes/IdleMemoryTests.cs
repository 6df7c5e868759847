using DotNats.App;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Processes;

public sealed class IdleMemoryTests
{
    private const long Mebibyte = 1024 * 1024;

    private MemoryReading _reading = new(TimeSpan.FromSeconds(5), Collections: 7, Committed: 44 * Mebibyte, Used: 24 * Mebibyte);
    private int _collected;

    [Fact]
    public void What_a_burst_needed_is_given_back_once_nothing_happens()
    {
        using IdleMemory memory = Create();
        memory.Look();
        _collected.ShouldBe(1);
        memory.Look();
        _collected.ShouldBe(1);
    }

    [Fact]
    public void A_busy_process_is_not_stopped()
    {
        using IdleMemory memory = Create();
        for (int i = 0; i < 100; i++)
        {
            _reading = _reading with { Processor = _reading.Processor + TimeSpan.FromMilliseconds(10) };
            memory.Look();
        }

        _reading = _reading with { Collections = 8 };
        memory.Look();
        _collected.ShouldBe(0);
    }

    [Theory]
    [InlineData(30, 24)]
    [InlineData(300, 200)]
    [InlineData(134, 120)]
    public void It_is_not_stopped_for_little_nor_for_long(long committed, long used)
    {
        _reading = _reading with { Committed = committed * Mebibyte, Used = used * Mebibyte };
        using IdleMemory memory = Create();
        memory.Look();
        _collected.ShouldBe(0);
    }

    [Fact]
    public void Of_bursts_that_follow_each_other_one_in_a_minute_is_cleared_up_behind()
    {
        using IdleMemory memory = Create();
        for (int i = 0; i < 90; i++)
        {
            memory.Look();
            // Another burst, and a quiet time behind it.
            _reading = new MemoryReading(_reading.Processor + TimeSpan.FromSeconds(1), _reading.Collections + 1, 44 * Mebibyte, 24 * Mebibyte);
            memory.Look();
        }

        memory.Look();
        _collected.ShouldBe(7);
    }

    private IdleMemory Create() => new(() => _reading, () =>
    {
        _collected++;
        _reading = _reading with { Collections = _reading.Collections + 1, Committed = _reading.Used };
    });
}
