using System.Buffers;
using DotNats.JetStream.Snapshots;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Snapshots;

public sealed class StreamArchiveTests
{
    [Fact]
    public async Task A_stream_that_is_closed_meanwhile_has_no_archive_that_looks_whole()
    {
        var log = new MemoryLog(new LogOptions { Name = "S" }, new RestoreListener());
        for (int i = 0; i < 3; i++) log.Append(new NewMessage { Timestamp = 1, Subject = "s"u8, Payload = "m"u8 });
        var archive = new StreamArchive(log, log.State, [], now: 1);
        var target = new ArrayBufferWriter<byte>();
        archive.TryWriteNext(target).ShouldBeTrue();
        archive.TryWriteNext(target).ShouldBeTrue();
        await log.DisposeAsync();
        Should.Throw<TransferException>(() => archive.TryWriteNext(target)).Message.ShouldBe("stream is closed");
    }
}
