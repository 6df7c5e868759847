using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Commits;

public sealed class ThreadSignalTests
{
    [Fact]
    public void Signals_given_before_are_as_many_wake_ups()
    {
        using var signal = new ThreadSignal();
        signal.Set();
        signal.Set();
        signal.Wait();
        signal.Wait();
    }

    [Fact]
    public void A_signal_that_comes_after_the_end_is_written_into_nobody_elses_file()
    {
        var signal = new ThreadSignal();
        signal.Dispose();
        string path = Path.Combine(Path.GetTempPath(), $"dotnats-signal-{Guid.NewGuid():N}");
        // One of these has the number now that was the signal's.
        FileStream[] others = [.. Enumerable.Range(0, 20).Select(i => new FileStream($"{path}-{i}", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, 4096, FileOptions.DeleteOnClose))];
        signal.Set();
        others.ShouldAllBe(file => file.Length == 0);
        foreach (FileStream file in others) file.Dispose();
    }
}
