using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace DotNats.Storage;

/// <summary>Checks the directory of one stream.</summary>
// Lifetime: one check. Changes nothing.
internal sealed class StreamCheck(StoreCheckOptions options, string account, string stream, string path, Action<StoreFinding> report)
{
    private const string MetaName = "meta.inf";
    private const string SumName = "meta.sum";
    private const string UnfinishedSumName = "meta.sum.tmp";
    private const string KeyName = "meta.key";
    private const string MessagesName = "msgs";
    private const string ConsumersName = "obs";
    private const string StateName = "o.dat";
    private const string IndexName = "index.db";
    private const string BlockSuffix = ".blk";

    // The first byte of a consumer's state.
    private const byte StateMagic = 22;

    private readonly StreamKeys? _keys = options.CipherOf is { } cipherOf ? new StreamKeys(cipherOf(account), stream) : null;
    private bool _isSound = true;
    private bool _isLocked;

    private IStorageFiles Files => options.Files;

    /// <summary>True for a stream without damage.</summary>
    public bool Run()
    {
        CheckAsset(path, stream, ReadStreamKey);
        BlockTotals totals = CheckBlocks(Path.Combine(path, MessagesName));
        int consumers = CheckConsumers(Path.Combine(path, ConsumersName));
        string what = string.Create(
            CultureInfo.InvariantCulture,
            $"{(_isSound ? "ok" : "damaged")}: {totals.Records} records in {totals.Blocks} blocks, {consumers} consumers{(_isLocked ? "; encrypted, only checksums of meta files were checked: give the key" : "")}");
        report(new StoreFinding(account, stream, "", what, false));
        return _isSound;
    }

    // ---- Meta files ----

    private KeyStatus ReadStreamKey(byte[] file, out MetaKey? key) => _keys!.TryOpenMetaKey(file, out key);

    private delegate KeyStatus KeyReader(byte[] file, out MetaKey? key);

    // Returns the key of the asset; null where it is not encrypted or cannot be opened.
    private MetaKey? CheckAsset(string directory, string assetName, KeyReader readKey)
    {
        string metaPath = Path.Combine(directory, MetaName);
        if (Read(metaPath) is not { Length: > 0 } meta)
        {
            Damage(metaPath, "missing or empty");
            return null;
        }

        if (!IsSum(meta, assetName, SumName, directory) && !IsSum(meta, assetName, UnfinishedSumName, directory)) Damage(metaPath, $"does not have the checksum in {SumName}");
        string keyPath = Path.Combine(directory, KeyName);
        if (Read(keyPath) is not { } keyFile) return null;
        _isLocked |= _keys is null;
        if (_keys is null) return null;
        if (readKey(keyFile, out MetaKey? key) == KeyStatus.Refused) Damage(keyPath, "damaged, or sealed with another key");
        else if (!key!.TryOpen(meta, out _)) Damage(metaPath, "cannot be decrypted");
        return key;
    }

    private bool IsSum(byte[] meta, string assetName, string sumName, string directory)
    {
        if (Read(Path.Combine(directory, sumName)) is not { } sum) return false;
        HighwayHash64 hash = BlockFormat.HashOf(assetName);
        hash.Append(meta);
        Span<byte> bytes = stackalloc byte[HighwayHash64.HashBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, hash.Finish());
        return Encoding.ASCII.GetString(sum.AsSpan().TrimEnd((byte)'\n')) == Convert.ToHexStringLower(bytes);
    }

    // ---- Messages ----

    private BlockTotals CheckBlocks(string directory)
    {
        var totals = default(BlockTotals);
        if (!Files.DirectoryExists(directory)) return totals;
        var blocks = new BlockCheck(Files, stream, directory, _keys, Damage);
        foreach (uint number in BlockNumbers(directory))
        {
            totals.Blocks++;
            try
            {
                totals.Records += blocks.Run(number);
            }
            catch (IOException e)
            {
                Damage(blocks.PathOf(number), e.Message);
            }
        }

        _isLocked |= blocks.MetLocked;
        CheckIndex(Path.Combine(directory, IndexName));
        return totals;
    }

    private List<uint> BlockNumbers(string directory)
    {
        var numbers = new List<uint>();
        foreach (string name in Files.FileNames(directory))
        {
            if (name.EndsWith(BlockSuffix, StringComparison.Ordinal)
                && uint.TryParse(name.AsSpan(0, name.Length - BlockSuffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
                numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    // nats-server's own: it is made again where it is damaged, but the device is then not what it should be.
    private void CheckIndex(string indexPath)
    {
        if (Read(indexPath) is not { } index) return;
        HighwayHash64 hash = BlockFormat.HashOf(stream);
        if (index.Length > HighwayHash64.HashBytes)
        {
            hash.Append(index.AsSpan()[..^HighwayHash64.HashBytes]);
            if (hash.Finish() == BinaryPrimitives.ReadUInt64LittleEndian(index.AsSpan()[^HighwayHash64.HashBytes..])) return;
        }

        Damage(indexPath, "damaged; it is made again from the blocks");
    }

    // ---- Consumers ----

    private int CheckConsumers(string directory)
    {
        if (!Files.DirectoryExists(directory)) return 0;
        List<string> names = StoreCheck.Sorted(Files.DirectoryNames(directory));
        foreach (string name in names) CheckConsumer(name, Path.Combine(directory, name));
        return names.Count;
    }

    private void CheckConsumer(string name, string directory)
    {
        MetaKey? key = CheckAsset(directory, $"{stream}/{name}", (byte[] file, out MetaKey? opened) => _keys!.TryOpenConsumerKey(name, file, out opened));
        bool isEncrypted = Files.FileExists(Path.Combine(directory, KeyName));
        if (isEncrypted && key is null) return;
        string statePath = Path.Combine(directory, StateName);
        byte[]? state = Read(statePath);
        if (state is { Length: > 0 })
        {
            if (key is not null && !key.TryOpen(state, out state!)) Damage(statePath, "cannot be decrypted");
            else if (state.Length == 0 || state[0] != StateMagic) Damage(statePath, "is no state of a consumer");
        }

        CheckJournal(name, directory, key, state);
    }

    private void CheckJournal(string name, string directory, MetaKey? key, byte[]? state)
    {
        string path = Path.Combine(directory, JournalFormat.FileName);
        if (Read(path) is not { Length: > 0 } journal) return;
        var format = new JournalFormat($"{stream}/{name}");
        if (!format.TryReadHead(journal, out JournalHead head, out bool isSealed) || isSealed != key is not null)
        {
            Damage(path, "has no readable head");
            return;
        }

        int place = JournalFormat.HeadBytes;
        while (format.TryReadFrame(journal, place, head.Generation, out ReadOnlySpan<byte> payload) && key?.TryOpen(payload, out _) != false)
            place += JournalFormat.FrameHeadBytes + payload.Length;
        if (place == JournalFormat.HeadBytes) Damage(PlaceOf(path, place), "the state it goes on from cannot be read");
        else if (place < journal.Length) Damage(PlaceOf(path, place), string.Create(CultureInfo.InvariantCulture, $"{journal.Length - place} bytes are no whole change: torn by a crash, or damaged"));
        // What nats-server made of it is none of our journal's states either.
        if (state is { Length: > 0 } && format.HashOf(state) is var hash && hash != head.StateHash && hash != head.FormerHash)
            report(new StoreFinding(account, stream, Path.Combine(directory, StateName), "is not the state its journal goes on from: nats-server went on with it, or it is damaged", false));
    }

    private static string PlaceOf(string path, int at) => string.Create(CultureInfo.InvariantCulture, $"{path} at byte {at}");

    // Null where there is none, or it cannot be read, which is said.
    private byte[]? Read(string filePath)
    {
        try
        {
            return SafeFiles.ReadAll(Files, filePath);
        }
        catch (IOException e)
        {
            Damage(filePath, e.Message);
            return null;
        }
    }

    private void Damage(string place, string what)
    {
        _isSound = false;
        report(new StoreFinding(account, stream, place, what, true));
    }

    private struct BlockTotals
    {
        public int Blocks;
        public ulong Records;
    }
}
