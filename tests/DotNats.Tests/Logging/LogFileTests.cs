using System.Text.RegularExpressions;
using DotNats.Logging;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;
using Xunit.Sdk;

namespace DotNats.Tests.Logging;

public sealed class LogFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LogLineFormat _format = new(7, timestamps: false);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Lines_are_appended_to_what_is_there()
    {
        string path = _directory.File("a.log");
        File.WriteAllText(path, "before\n");
        Write(LogFile.Open(path, _format), "one");
        File.ReadAllText(path).ShouldBe("before\n[7] [INF] one\n");
    }

    [Fact]
    public void A_file_truncated_by_others_goes_on_at_its_start()
    {
        string path = _directory.File("a.log");
        using NatsLoggerFactory factory = new(LogFile.Open(path, _format));
        Log(factory, "one");
        File.WriteAllText(path, "");
        Log(factory, "two");
        File.ReadAllText(path).ShouldBe("[7] [INF] two\n");
    }

    [Fact]
    public void A_file_past_its_limit_becomes_a_dated_backup()
    {
        string path = _directory.File("a.log");
        using NatsLoggerFactory factory = new(LogFile.Open(path, _format, limitBytes: 20));
        Log(factory, "one");
        Directory.GetFiles(_directory.Path).ShouldBe([path]);
        Log(factory, "two");
        string backup = Directory.GetFiles(_directory.Path).Where(file => file != path).ShouldHaveSingleItem();
        backup.ShouldMatch(@"a\.log\.\d{4}\.\d\d\.\d\d\.\d\d\.\d\d\.\d\d\.\d{9}$");
        File.ReadAllText(backup).ShouldBe("[7] [INF] one\n[7] [INF] two\n");
        File.ReadAllText(path).ShouldBe($"[7] [INF] Rotated log, backup saved as \"{backup}\"\r\n");
    }

    [Fact]
    public void A_file_found_past_its_limit_is_rotated_at_once()
    {
        string path = _directory.File("a.log");
        File.WriteAllText(path, new string('x', 100));
        LogFile.Open(path, _format, limitBytes: 50).Dispose();
        Directory.GetFiles(_directory.Path).Length.ShouldBe(2);
        File.ReadAllText(Directory.GetFiles(_directory.Path).Single(file => file != path)).ShouldEndWith("x[7] [INF] Rotating logfile...\n");
    }

    [Fact]
    public void Only_so_many_files_are_kept_and_the_oldest_go()
    {
        string path = _directory.File("a.log");
        string other = _directory.File("a.log.notes");
        string old = _directory.File("a.log.2001.02.03.04.05.06.000000007");
        File.WriteAllText(other, "");
        File.WriteAllText(old, "");
        using NatsLoggerFactory factory = new(LogFile.Open(path, _format, limitBytes: 10, maxFiles: 3));
        for (int i = 0; i < 5; i++) Log(factory, "a line past the limit");
        string[] backups = [.. Directory.GetFiles(_directory.Path).Where(file => file != path && file != other)];
        backups.Length.ShouldBe(2);
        backups.ShouldNotContain(old);
        File.Exists(other).ShouldBeTrue();
        File.ReadAllText(path).ShouldMatch(@"Purged log file ""a\.log\.\d{4}\.[0-9.]+""\r\n$");
    }

    [Theory]
    [InlineData("a.log.2026.11.22.20.48.15.123456789", true)]
    [InlineData("a.log.2026.11.22.20.48.15", true)]
    [InlineData("a.log.2026.11.22.20.48.15.", false)]
    [InlineData("a.log.2026.13.22.20.48.15.1", false)]
    [InlineData("a.log.2026.11.22.20.48.15.12x", false)]
    [InlineData("a.log", false)]
    [InlineData("a.log.1", false)]
    [InlineData("b.log.2026.11.22.20.48.15.123456789", false)]
    public void Only_dated_names_are_backups(string name, bool backup) => LogFileBackups.IsBackup("a.log", name).ShouldBe(backup);

    [Fact]
    public void Backup_names_carry_nanoseconds() =>
        LogFileBackups.Name("/x/a.log", new DateTime(2026, 1, 2, 3, 4, 5).AddTicks(67)).ShouldBe("/x/a.log.2026.01.02.03.04.05.000006700");

    [Fact]
    public void A_backup_that_cannot_be_made_doubles_the_limit()
    {
        // 30 characters more than this exceed what file systems take.
        string path = _directory.File(new string('a', 240));
        using NatsLoggerFactory factory = new(LogFile.Open(path, _format, limitBytes: 10));
        Log(factory, "one");
        Log(factory, "two");
        File.ReadAllText(path).ShouldBe("""
            [7] [INF] one
            [7] [ERR] Unable to rotate logfile (file name too long), will attempt next rotation at size 20
            [7] [INF] two
            [7] [ERR] Unable to rotate logfile (file name too long), will attempt next rotation at size 40

            """.ReplaceLineEndings("\n").Replace("20\n", "20\r\n", StringComparison.Ordinal).Replace("40\n", "40\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_moved_away_by_others_is_made_anew_at_the_next_rotation()
    {
        string path = _directory.File("a.log");
        using NatsLoggerFactory factory = new(LogFile.Open(path, _format, limitBytes: 20));
        Log(factory, "one");
        File.Move(path, _directory.File("moved"));
        Log(factory, "two");
        File.ReadAllText(_directory.File("moved")).ShouldBe("[7] [INF] one\n[7] [INF] two\n");
        File.ReadAllText(path).ShouldContain("Rotated log");
    }

    [Fact]
    public void What_cannot_be_opened_is_told_in_nats_servers_words()
    {
        string path = _directory.File("missing/a.log");
        Should.Throw<LogDestinationException>(() => LogFile.Open(path, _format)).Message
            .ShouldBe($"error opening file: open {path}: no such file or directory");
        Should.Throw<LogDestinationException>(() => LogFile.Open(_directory.Path, _format)).Message
            .ShouldBe($"error opening file: open {_directory.Path}: is a directory");
    }

    [Fact]
    public void The_file_is_not_for_everybody()
    {
        if (OperatingSystem.IsWindows()) throw SkipException.ForSkip("Unix permissions");
        string path = _directory.File("a.log");
        LogFile.Open(path, _format).Dispose();
        (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)).ShouldBe(UnixFileMode.None);
    }

    [Fact]
    public async Task Rotation_under_load_loses_and_tears_nothing()
    {
        const int writers = 4, perWriter = 500;
        string path = _directory.File("a.log");
        using (NatsLoggerFactory factory = new(LogFile.Open(path, _format, limitBytes: 1000)))
        {
            await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() =>
            {
                for (int i = 0; i < perWriter; i++) Log(factory, $"{w}.{i}");
            })));
        }
        string all = string.Concat(Directory.GetFiles(_directory.Path).Select(File.ReadAllText));
        Regex.Count(all, @"^\[7\] \[INF\] \d\.\d+$", RegexOptions.Multiline).ShouldBe(writers * perWriter);
    }

    private static void Write(LogDestination destination, string text)
    {
        using NatsLoggerFactory factory = new(destination);
        Log(factory, text);
    }

    private static void Log(NatsLoggerFactory factory, string text) =>
        factory.CreateLogger("").Log(LogLevel.Information, 0, text, null, (state, _) => state);
}
