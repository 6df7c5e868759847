using System.Text;
using DotNats.Storage;

namespace Storage.Tests.Logs;

/// <summary>A directory of its own with the services of a store, and file logs opened in it.</summary>
internal sealed class LogFixture : IAsyncDisposable
{
    private FileLog? _log;

    public LogFixture(IStorageFiles? files = null, long cacheBytes = 64 * 1024 * 1024, long numbersBytes = 64 * 1024 * 1024, int mostIndexBytes = 1 << 30)
    {
        Directory = Path.Combine(Path.GetTempPath(), $"dotnats-log-{Guid.NewGuid():N}");
        Services = new LogServices(new FileStoreOptions { Directory = Directory, Files = files ?? new DiskFiles(), SyncThreads = 2, CacheBytes = cacheBytes, NumbersBytes = numbersBytes, MostIndexBytes = mostIndexBytes });
        Services.Files.CreateDirectory(Directory);
    }

    public string Directory { get; }

    public LogServices Services { get; }

    /// <summary>Null where nothing is encrypted.</summary>
    public LogKeys? Keys { get; set; }

    public RecordingListener Listener { get; } = new();

    public FileLog Log => _log!;

    public FileLog Open(LogOptions? options = null)
    {
        bool isNew = _log is null && System.IO.Directory.GetFiles(Directory).Length == 0;
        return _log = FileLog.Open(Services, Keys, Directory, options ?? new LogOptions { Name = "S" }, Listener, isNew);
    }

    public async Task<FileLog> ReopenAsync(LogOptions? options = null)
    {
        await Log.DisposeAsync();
        return Open(options);
    }

    public ulong Add(string subject, string payload, string headers = "", long timestamp = 1000)
    {
        AppendResult result = Log.Append(new NewMessage
        {
            Timestamp = timestamp,
            Subject = Encoding.UTF8.GetBytes(subject),
            Headers = Encoding.UTF8.GetBytes(headers),
            Payload = Encoding.UTF8.GetBytes(payload),
        });
        return result.IsOk ? result.Sequence : throw new InvalidOperationException(result.Status.ToString());
    }

    public async Task CommitAsync()
    {
        Log.Commit();
        await Listener.WaitForAsync(Log.Position);
    }

    public string Read(ulong sequence)
    {
        var buffer = new MessageBuffer();
        ReadStatus status = Log.TryRead(sequence, buffer);
        return status == ReadStatus.Found ? Text(buffer) : status.ToString();
    }

    public static string Text(MessageBuffer buffer) =>
        $"{buffer.Sequence} {Encoding.UTF8.GetString(buffer.Subject)} {Encoding.UTF8.GetString(buffer.Headers)}{Encoding.UTF8.GetString(buffer.Payload)}";

    public async ValueTask DisposeAsync()
    {
        if (_log is not null) await _log.DisposeAsync();
        Services.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
