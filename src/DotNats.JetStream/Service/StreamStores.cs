using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.JetStream;
using DotNats.Storage;

namespace DotNats.JetStream.Service;

/// <summary>Where the streams of all accounts are kept: files below one directory, and memory.</summary>
// Owner: JetStreamService. Lifetime: from Open to Dispose, after the last log is closed.
internal sealed class StreamStores(ServerCore server, string directory, IStorageFiles files) : IDisposable
{
    private FileStore? _store;

    public IStorageFiles Files => files;

    /// <summary>Sends what becomes safe in files.</summary>
    public CommitSender Sender { get; } = new(server);

    /// <summary>Where the accounts' directories are.</summary>
    public string Directory => directory;

    private FileStore Store => _store ?? throw new InvalidOperationException("the store is not open");

    /// <summary>Makes the directory, or sees to it that it can be written to.</summary>
    /// <exception cref="JetStreamStartException">It cannot.</exception>
    public void Open()
    {
        // Compat: nats-server's texts.
        if (Files.FileExists(directory) && !Files.DirectoryExists(directory)) throw new JetStreamStartException("storage directory is not a directory");
        bool exists = Files.DirectoryExists(directory);
        try
        {
            _store = FileStore.Open(new FileStoreOptions
            {
                Directory = directory,
                Files = Files,
                Clock = server.Time,
                Logger = server.Logger,
                Encryption = EncryptionOf(server.Options.JetStream),
                CommitsTold = Sender.Send,
            });
        }
        catch (IOException exception)
        {
            throw new JetStreamStartException($"could not create storage directory - {exception.Message}", exception);
        }

        if (exists) CheckWritable();
    }

    private static StoreEncryption? EncryptionOf(JetStreamOptions options) => string.IsNullOrEmpty(options.EncryptionKey)
        ? null
        : new StoreEncryption(
            options.Cipher == "aes" ? StoreCipherKind.Aes : StoreCipherKind.ChaCha,
            Encoding.UTF8.GetBytes(options.EncryptionKey),
            Encoding.UTF8.GetBytes(options.PreviousEncryptionKey ?? ""));

    private void CheckWritable()
    {
        string path = Path.Combine(directory, "_test_" + Guid.NewGuid().ToString("N"));
        try
        {
            Files.Open(path, create: true).Dispose();
            Files.DeleteFile(path);
        }
        catch (IOException exception)
        {
            throw new JetStreamStartException("storage directory is not writable", exception);
        }
    }

    /// <summary>Accounts that have streams here; none before the store is open.</summary>
    public IReadOnlyList<string> AccountNames() => _store?.AccountNames() ?? [];

    /// <summary>Names of an account's streams, whether they could be read or not; none before the store is open.</summary>
    public IReadOnlyList<string> StreamNames(string account) => _store?.StreamNames(account) ?? [];

    /// <summary>What is kept of an account's streams, none of which is in use yet.</summary>
    /// <param name="quarantined">What is there and can be read as no stream: left as it is.</param>
    public List<StoredStream> Find(string account, out List<QuarantinedStream> quarantined)
    {
        List<StoredStream> streams = [];
        quarantined = [];
        Store.Find(account, streams, quarantined);
        return streams;
    }

    /// <summary>Makes what a new stream keeps its messages in.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public StreamHome Create(string account, StreamConfig config, GoTime created, StreamLogListener listener)
    {
        LogOptions options = StreamLogOptions.Of(config, server.Options.JetStream);
        if (config.Storage == StorageType.Memory) return new StreamHome(new MemoryLog(options, listener), null);
        StreamDirectory made = Store.Create(account, config.Name, MetaOf(config, created));
        try
        {
            return new StreamHome(made.OpenLog(options, listener), made);
        }
        catch (IOException)
        {
            // Who asked is told that there is none: there is none after the next start either.
            made.Delete();
            throw;
        }
    }

    /// <summary>Opens what a stored stream kept.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public StreamHome Open(StreamDirectory stored, StreamConfig config, StreamLogListener listener) =>
        new(stored.OpenLog(StreamLogOptions.Of(config, server.Options.JetStream), listener), stored);

    /// <summary>Makes what a stream in memory keeps its messages in.</summary>
    public MemoryLog CreateInMemory(StreamConfig config, ILogListener listener) => new(StreamLogOptions.Of(config, server.Options.JetStream), listener);

    /// <summary>Makes a place where a stream is put together before anybody sees it.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public StagedStream Stage(string account, string stream) => Store.Stage(account, stream);

    /// <summary>Opens the messages of a stream that is put together.</summary>
    /// <exception cref="IOException">They cannot be read or written.</exception>
    public FileLog OpenStaged(StagedStream staged, StreamConfig config, ILogListener listener) =>
        staged.Directory.OpenLog(StreamLogOptions.Of(config, server.Options.JetStream), listener);

    public static byte[] MetaOf(StreamConfig config, GoTime created) => StreamConfigJson.WriteMeta(new StreamMeta { Config = config, Created = created });

    public void Dispose() => _store?.Dispose();
}

/// <summary>A stream's messages, and the directory they are in; null for one in memory.</summary>
internal readonly record struct StreamHome(IMessageLog Log, StreamDirectory? Directory);
