using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Snapshots;

/// <summary>A stream that is read from an archive and is not in use yet: in a directory aside, or in memory.</summary>
// Owner: one restore. Lifetime: until it is adopted or disposed, which leaves nothing behind. Invariant: a stream in files has its log closed when it is adopted.
internal sealed class RestoredStream : IAsyncDisposable
{
    private readonly StagedStream? _staged;
    private readonly StreamLogListener _listener = new();
    private IMessageLog? _log;

    /// <summary>Makes an empty stream with the log it is filled through.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public RestoredStream(StreamStores stores, string account, StreamConfig config, RestoreRoom room, GoTime created)
    {
        (Config, Room, Created) = (config, room, created);
        if (config.Storage == StorageType.Memory)
        {
            _log = stores.CreateInMemory(config, _listener);
            Log = new RestoreLog(_log, null);
            return;
        }

        _staged = stores.Stage(account, config.Name);
        try
        {
            _staged.Directory.WriteMeta(StreamStores.MetaOf(config, created));
            var listener = new RestoreListener();
            _log = stores.OpenStaged(_staged, config, listener);
            Log = new RestoreLog(_log, listener);
        }
        catch (IOException)
        {
            _staged.Dispose();
            throw;
        }
    }

    /// <summary>Takes over a directory with everything in it, whose log is closed.</summary>
    public RestoredStream(StagedStream staged, StreamConfig config, RestoreRoom room, GoTime created)
    {
        (Config, Room, Created) = (config, room, created);
        _staged = staged;
    }

    public StreamConfig Config { get; }

    public GoTime Created { get; }

    public RestoreRoom Room { get; }

    /// <summary>Null where everything is there already.</summary>
    public RestoreLog? Log { get; }

    /// <summary>Consumers that come with it; those of a stream in files lie in its directory already.</summary>
    public List<ConsumerBackup> Consumers { get; } = [];

    /// <summary>Text before an error in making it a stream.</summary>
    public string ErrorPrefix { get; init; } = "";

    /// <summary>Where its consumers are kept; null for a stream in memory.</summary>
    public StreamDirectory? Directory => _staged?.Directory;

    /// <summary>Everything is in it: makes that safe.</summary>
    /// <exception cref="TransferException">The disk refuses.</exception>
    public async Task CompleteAsync()
    {
        if (Log is null) return;
        await Log.FlushAsync().ConfigureAwait(false);
        if (_staged is null) return;
        await _log!.DisposeAsync().ConfigureAwait(false);
        _log = null;
    }

    /// <summary>Makes it what a stream of the account keeps its messages in.</summary>
    /// <exception cref="IOException">The disk refuses; nothing is left behind.</exception>
    public StreamHome Adopt(StreamStores stores, out StreamLogListener listener)
    {
        listener = _listener;
        if (_staged is null)
        {
            var home = new StreamHome(_log!, null);
            _log = null;
            return home;
        }

        StreamDirectory directory = _staged.Adopt();
        try
        {
            return stores.Open(directory, Config, listener);
        }
        catch (IOException)
        {
            directory.Delete();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Room.Dispose();
        if (_log is not null) await _log.DisposeAsync().ConfigureAwait(false);
        _staged?.Dispose();
    }
}
