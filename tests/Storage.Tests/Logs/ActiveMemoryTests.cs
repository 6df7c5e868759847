using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Logs;

public sealed class ActiveMemoryTests : IDisposable
{
    private const int Logs = 16;
    private const int Bytes = 128 * 1024;
    private const int Smallest = 16 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-active-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Many_logs_that_are_written_to_do_with_the_memory_there_is()
    {
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = _directory, ActiveBytes = Bytes });
        var logs = new List<(FileLog Log, RecordingListener Listener)>();
        for (int i = 0; i < Logs; i++)
        {
            var listener = new RecordingListener();
            logs.Add((store.Create("A", $"S{i}", "{}"u8).OpenLog(new LogOptions { Name = $"S{i}", Durability = LogDurability.Written }, listener), listener));
        }

        const int messages = 200;
        long most = 0;
        for (int n = 1; n <= messages; n++)
        {
            foreach ((FileLog log, RecordingListener listener) in logs)
            {
                log.Append(Message(n)).IsOk.ShouldBeTrue();
                log.Commit();
                await listener.WaitForAsync(log.Position);
            }

            most = Math.Max(most, store.Services.Buffers.ActiveBytes);
        }

        // Each has the smallest piece at least, and the one that grew last had not seen how scarce it is.
        most.ShouldBeLessThanOrEqualTo(Bytes + (Logs * Smallest) + (4 * Smallest));
        var buffer = new MessageBuffer();
        foreach ((FileLog log, _) in logs)
        {
            log.State.Messages.ShouldBe((ulong)messages);
            for (int n = 1; n <= messages; n++)
            {
                log.TryRead((ulong)n, buffer).ShouldBe(ReadStatus.Found);
                buffer.Payload.SequenceEqual(Message(n).Payload).ShouldBeTrue();
            }

            log.GetSubject("s.3"u8).ShouldBe(new SubjectState(40, 3, 198));
            await log.DisposeAsync();
        }

        store.Services.Buffers.ActiveBytes.ShouldBe(0);
    }

    [Fact]
    public async Task A_log_alone_keeps_what_it_writes()
    {
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = _directory });
        var listener = new RecordingListener();
        await using FileLog log = store.Create("A", "S", "{}"u8).OpenLog(new LogOptions { Name = "S", Durability = LogDurability.Written }, listener);
        for (int n = 1; n <= 200; n++) log.Append(Message(n)).IsOk.ShouldBeTrue();
        log.Commit();
        await listener.WaitForAsync(log.Position);
        store.Services.Buffers.ActiveBytes.ShouldBeGreaterThan(200 * 1000);
    }

    private static NewMessage Message(int number)
    {
        byte[] payload = new byte[1000];
        new Random(number).NextBytes(payload);
        return new NewMessage { Timestamp = number, Subject = System.Text.Encoding.ASCII.GetBytes($"s.{number % 5}"), Payload = payload };
    }
}
