using System.Globalization;
using System.Text;
using DotNats.Logging;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Logging;

public class NatsLoggerTests
{
    [Fact]
    public void Lines_carry_process_id_local_time_and_label()
    {
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(42, time: LogTestKit.Clock()));
        using NatsLoggerFactory factory = new(destination, debug: true, trace: true);
        ILogger logger = factory.CreateLogger("any");
        Write(logger, LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.Critical);
        text().ShouldBe("""
            [42] 2026/11/22 17:48:15.123456 [TRC] said
            [42] 2026/11/22 17:48:15.123456 [DBG] said
            [42] 2026/11/22 17:48:15.123456 [INF] said
            [42] 2026/11/22 17:48:15.123456 [WRN] said
            [42] 2026/11/22 17:48:15.123456 [ERR] said
            [42] 2026/11/22 17:48:15.123456 [FTL] said

            """);
    }

    [Fact]
    public void Time_is_utc_on_demand_and_moves_on()
    {
        var clock = LogTestKit.Clock();
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, utc: true, time: clock));
        using NatsLoggerFactory factory = new(destination);
        Write(factory.CreateLogger(""), LogLevel.Information);
        clock.Advance(TimeSpan.FromSeconds(50) + TimeSpan.FromMicroseconds(1));
        Write(factory.CreateLogger(""), LogLevel.Information);
        text().ShouldBe("[7] 2026/11/22 20:48:15.123456 [INF] said\n[7] 2026/11/22 20:49:05.123457 [INF] said\n");
    }

    [Fact]
    public void Time_can_be_left_out()
    {
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false));
        using NatsLoggerFactory factory = new(destination);
        Write(factory.CreateLogger(""), LogLevel.Information);
        text().ShouldBe("[7] [INF] said\n");
    }

    [Fact]
    public void Colours_are_those_of_nats_server()
    {
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false, colors: true));
        using NatsLoggerFactory factory = new(destination, debug: true, trace: true);
        Write(factory.CreateLogger(""), LogLevel.Information, LogLevel.Debug, LogLevel.Warning, LogLevel.Error, LogLevel.Critical, LogLevel.Trace);
        text().ShouldBe(
            "[7] [\e[32mINF\e[0m] said\n[7] [\e[36mDBG\e[0m] said\n[7] [\e[0;93mWRN\e[0m] said\n"
            + "[7] [\e[31mERR\e[0m] said\n[7] [\e[31mFTL\e[0m] said\n[7] [\e[33mTRC\e[0m] said\n");
    }

    [Theory]
    [InlineData(false, false, "INF")]
    [InlineData(true, false, "DBG,INF")]
    [InlineData(false, true, "TRC,INF")]
    [InlineData(true, true, "TRC,DBG,INF")]
    public void Debug_and_trace_are_switched_one_by_one(bool debug, bool trace, string labels)
    {
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false));
        using NatsLoggerFactory factory = new(destination, debug, trace);
        ILogger logger = factory.CreateLogger("");
        Write(logger, LogLevel.Trace, LogLevel.Debug, LogLevel.Information);
        string.Join(',', text().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Substring(5, 3))).ShouldBe(labels);
        logger.IsEnabled(LogLevel.Debug).ShouldBe(debug);
        logger.IsEnabled(LogLevel.Trace).ShouldBe(trace);
        logger.IsEnabled(LogLevel.None).ShouldBeFalse();
    }

    [Fact]
    public void Text_that_ends_in_a_line_feed_gets_no_second_one()
    {
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false));
        using NatsLoggerFactory factory = new(destination);
        factory.CreateLogger("").Log(LogLevel.Error, 0, "two\nlines\n", null, (state, _) => state);
        text().ShouldBe("[7] [ERR] two\nlines\n");
    }

    [Fact]
    public void Long_text_arrives_whole()
    {
        string longText = string.Concat(Enumerable.Range(0, 5000).Select(i => i.ToString(CultureInfo.InvariantCulture) + "ü"));
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false));
        using NatsLoggerFactory factory = new(destination);
        factory.CreateLogger("").Log(LogLevel.Information, 0, longText, null, (state, _) => state);
        factory.CreateLogger("").Log(LogLevel.Information, 0, new Bytes(20_000), null, (_, _) => "unused");
        text().ShouldBe($"[7] [INF] {longText}\n[7] [INF] {new string('x', 20_000)}\n");
    }

    [Fact]
    public void Exceptions_are_named_and_shown_in_full_only_with_debug()
    {
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false));
        using NatsLoggerFactory factory = new(destination);
        ILogger logger = factory.CreateLogger("");
        logger.Log(LogLevel.Error, 0, "failed", new InvalidOperationException("why"), (state, _) => state);
        text().ShouldBe("[7] [ERR] failed: why\n");
        var (verbose, verboseText) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false));
        factory.Use(verbose, debug: true, trace: false);
        logger.Log(LogLevel.Error, 0, "failed", new InvalidOperationException("why"), (state, _) => state);
        verboseText().ShouldBe("[7] [ERR] failed: System.InvalidOperationException: why\n");
    }

    [Fact]
    public async Task No_entry_is_lost_or_torn_when_the_destination_is_replaced()
    {
        const int writers = 4, perWriter = 2000;
        List<Func<string>> texts = [];
        using NatsLoggerFactory factory = new(Next());
        ILogger logger = factory.CreateLogger("");
        Task[] tasks = [.. Enumerable.Range(0, writers).Select(w => Task.Run(() =>
        {
            for (int i = 0; i < perWriter; i++) logger.Log(LogLevel.Information, 0, (w, i), null, (state, _) => $"{state.w}.{state.i}");
        }))];
        while (!Task.WhenAll(tasks).IsCompleted) factory.Use(Next(), debug: false, trace: false);
        await Task.WhenAll(tasks);
        factory.Dispose();
        string[] lines = [.. texts.SelectMany(text => text().Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        lines.Length.ShouldBe(writers * perWriter);
        lines.ShouldAllBe(line => line.StartsWith("[7] [INF] ", StringComparison.Ordinal));
        lines.Distinct().Count().ShouldBe(lines.Length);

        LogDestination Next()
        {
            var (destination, text) = LogTestKit.Memory(new LogLineFormat(7, timestamps: false));
            texts.Add(text);
            return destination;
        }
    }

    [Fact]
    public void Entries_after_the_end_are_dropped()
    {
        var (destination, text) = LogTestKit.Memory(new LogLineFormat(7));
        NatsLoggerFactory factory = new(destination);
        ILogger logger = factory.CreateLogger("");
        factory.Dispose();
        Write(logger, LogLevel.Critical);
        logger.IsEnabled(LogLevel.Critical).ShouldBeFalse();
        text().ShouldBeEmpty();
    }

    [Fact]
    public void Values_that_write_their_own_bytes_cost_no_allocation()
    {
        using NatsLoggerFactory factory = new(new StreamLogDestination(Stream.Null, new LogLineFormat(7)), trace: true);
        ILogger logger = factory.CreateLogger("");
        Trace(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Trace(10_000);
        // A new second's text may fall into the run; a string or a box per line would be hundreds of kilobytes.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000);

        void Trace(int lines)
        {
            for (int i = 0; i < lines; i++) logger.Log(LogLevel.Trace, 0, new Bytes(100), null, static (_, _) => "unused");
        }
    }

    private static void Write(ILogger logger, params LogLevel[] levels)
    {
        foreach (LogLevel level in levels) logger.Log(level, 0, "said", null, (state, _) => state);
    }

    /// <summary>A trace line's state: writes so many x itself.</summary>
    private readonly struct Bytes(int count) : IUtf8SpanFormattable
    {
        public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
        {
            bytesWritten = 0;
            if (utf8Destination.Length < count) return false;
            utf8Destination[..count].Fill((byte)'x');
            bytesWritten = count;
            return true;
        }

        public override string ToString() => Encoding.ASCII.GetString([(byte)'?']);
    }
}
