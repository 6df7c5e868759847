using System.Buffers;
using System.Text;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Logs;

/// <summary>What is too much for one step.</summary>
public sealed class LargeLogTests
{
    private static readonly LogOptions Options = new() { Name = "S", BlockBytes = 64 * 1024 };

    [Fact]
    public async Task A_log_whose_index_would_be_too_large_has_none_and_loses_nothing()
    {
        await using var fixture = new LogFixture(mostIndexBytes: 4000);
        fixture.Open(Options);
        for (int i = 0; i < 100; i++) fixture.Add($"few.{i}", "payload");
        await fixture.ReopenAsync(Options);
        string index = Path.Combine(fixture.Directory, IndexFormat.FileName);
        File.Exists(index).ShouldBeTrue();
        for (int i = 0; i < 2000; i++) fixture.Add($"many.{i}", "payload");
        await fixture.CommitAsync();
        fixture.Log.Purge(default, 1500, 0);
        await fixture.CommitAsync();
        await fixture.ReopenAsync(Options);
        File.Exists(index).ShouldBeFalse();
        (fixture.Log.State.Messages, fixture.Log.State.FirstSequence, fixture.Log.State.Subjects).ShouldBe((601UL, 1500UL, 601));
        fixture.Add("one.more", "payload").ShouldBe(2101UL);
    }

    [Fact]
    public async Task A_log_that_became_small_again_has_an_index_again()
    {
        await using var fixture = new LogFixture(mostIndexBytes: 4000);
        fixture.Open(Options);
        for (int i = 0; i < 2000; i++) fixture.Add($"many.{i}", "payload");
        fixture.Log.WantIndex();
        await fixture.CommitAsync();
        fixture.Log.Purge(default, 1990, 0);
        await fixture.ReopenAsync(Options);
        File.Exists(Path.Combine(fixture.Directory, IndexFormat.FileName)).ShouldBeTrue();
        fixture.Log.State.Subjects.ShouldBe(11);
    }

    [Fact]
    public async Task Subjects_and_deleted_sequences_are_copied_in_portions_that_miss_none()
    {
        await using var fixture = new LogFixture();
        fixture.Open(Options);
        for (int i = 0; i < 10_000; i++) fixture.Add($"many.{i}", "x");
        fixture.Log.Skip(40_000);
        fixture.Add("many.1", "x");
        fixture.Log.Remove(7, erase: false);
        var subjects = new List<KeyValuePair<string, ulong>>();
        fixture.Log.CopySubjects("many.*"u8, subjects);
        subjects.Select(one => one.Key).ShouldBe(Enumerable.Range(0, 10_000).Where(i => i != 6).Select(i => $"many.{i}"), ignoreOrder: true);
        subjects.Single(one => one.Key == "many.1").Value.ShouldBe(2UL);
        var deleted = new List<ulong>();
        fixture.Log.CopyDeleted(deleted);
        deleted.ShouldBe([7, .. Enumerable.Range(10_001, 40_000).Select(i => (ulong)i)]);
    }

    [Fact]
    public async Task A_deadline_of_a_message_that_is_not_there_is_forgotten()
    {
        await using var fixture = new LogFixture();
        fixture.Open(Options);
        fixture.Add("a", "x");
        await fixture.ReopenAsync(Options);
        await fixture.Log.DisposeAsync();
        string path = Path.Combine(fixture.Directory, IndexFormat.FileName);
        var contents = new LogContents("S", fixture.Services.Cache, fixture.Services.Buffers, fixture.Services.Numbers);
        IndexFormat.TryRead(File.ReadAllBytes(path), contents).ShouldBeTrue();
        contents.Facts.Expiries.Set(5, 1000);
        var index = new ArrayBufferWriter<byte>();
        IndexFormat.TryWrite(contents, "S", index, int.MaxValue).ShouldBeTrue();
        File.WriteAllBytes(path, index.WrittenSpan);
        fixture.Open(Options);
        fixture.Log.NextExpiry.ShouldBe(1000);
        fixture.Log.Expire(2000, 10).ShouldBeFalse();
        fixture.Log.NextExpiry.ShouldBe(long.MaxValue);
        fixture.Log.State.Messages.ShouldBe(1UL);
    }
}
