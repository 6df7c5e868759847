using System.Buffers;
using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>The keys of one log.</summary>
/// <param name="Blocks">Make and open the keys of its blocks.</param>
/// <param name="Index">Seals its index.</param>
internal sealed record LogKeys(StreamKeys Blocks, MetaKey Index);

/// <summary>Turns the records of one log's blocks into what lies in their files, and back: compressed, encrypted, both or neither.</summary>
// Owner: one log; any thread. Invariant: a block is encrypted exactly when its key file lies beside it.
internal sealed class BlockCoder(IStorageFiles files, LogKeys? keys, string directory, BlockBuffers buffers)
{
    private const string KeySuffix = ".key";

    // A half of what a core has of its own, most often.
    private const int PieceBytes = 256 * 1024;

    private readonly ConcurrentDictionary<uint, BlockKey> _keys = new();

    public string PathOf(uint block) => Path.Combine(directory, string.Create(null, $"{block}.blk"));

    /// <inheritdoc cref="Read(uint, long, SealedRecords?, out int)"/>
    public BlockBuffer Read(uint block, long most, out int length) => Read(block, most, seals: null, out length);

    /// <summary>Reads the records of a block.</summary>
    /// <param name="most">At most so many bytes of the file: what is behind them is being written.</param>
    /// <param name="seals">Looks at the records while they are read; null for nobody.</param>
    /// <param name="length">Of the records.</param>
    /// <returns>A buffer with them, and the caller's lease on it.</returns>
    /// <exception cref="IOException">The file cannot be read, or no key opens it.</exception>
    public BlockBuffer Read(uint block, long most, SealedRecords? seals, out int length) => Read(block, PathOf(block), most, seals, out length, out _);

    /// <summary>Reads all records of a block.</summary>
    /// <param name="isCompressed">How its file is now, whatever is known of it.</param>
    /// <exception cref="IOException">The file cannot be read, or no key opens it.</exception>
    public BlockBuffer Read(uint block, out int length, out bool isCompressed) => Read(block, PathOf(block), long.MaxValue, seals: null, out length, out isCompressed);

    /// <summary>Reads some bytes of a block that is not compressed.</summary>
    /// <param name="length">Of what there is of them.</param>
    /// <returns>A buffer with them, and the caller's lease on it.</returns>
    /// <exception cref="IOException">The file cannot be read, or no key opens it.</exception>
    public BlockBuffer ReadPiece(uint block, long from, int most, out int length)
    {
        using BlockReading reading = Open(block);
        BlockBuffer buffer = buffers.Rent(most);
        try
        {
            length = reading.Read(buffer.Bytes.AsSpan(0, most), from);
        }
        catch (IOException)
        {
            buffer.Release();
            throw;
        }

        return buffer;
    }

    /// <summary>Reads of a block that is not compressed what some filters match; null where it is to be read as a whole.</summary>
    /// <param name="length">Bytes of its records.</param>
    /// <param name="version">Of the block, when this was asked for.</param>
    /// <param name="isDense">Too much of it is wanted.</param>
    /// <exception cref="IOException">The file cannot be read, or no key opens it.</exception>
    public BlockContent? ReadFiltered(uint block, long length, int version, SubjectFilters filters, HighwayHash64 hash, out bool isDense)
    {
        using BlockReading reading = Open(block);
        using var records = new FilteredRecords(buffers, filters, hash);
        BlockContent? content = records.Read(reading, (int)length, version);
        isDense = records.IsDense;
        return content;
    }

    private BlockReading Open(uint block)
    {
        BlockKey? key = KeyOf(block);
        return new BlockReading(files.Open(PathOf(block), create: false), key);
    }

    private BlockBuffer Read(uint block, string path, long most, SealedRecords? seals, out int length, out bool isCompressed)
    {
        BlockBuffer buffer = ReadFile(path, most, KeyOf(block), seals, out length, out int records, out int head);
        isCompressed = head > 0;
        if (!isCompressed) return buffer;

        BlockBuffer decoded = buffers.Rent(records);
        CompressedBlock.Decode(buffer.Bytes.AsSpan(0, length), head, decoded.Bytes.AsSpan(0, records));
        buffer.Release();
        length = records;
        seals?.Look(decoded.Bytes.AsSpan(0, length));
        return decoded;
    }

    /// <summary>Bytes of a block's records, without reading them all.</summary>
    /// <exception cref="IOException">The file cannot be read, or no key opens it.</exception>
    public long RecordsLength(uint block, out bool isCompressed)
    {
        const int mostHeadBytes = 16;
        BlockKey? key = KeyOf(block);
        using IStorageFile file = files.Open(PathOf(block), create: false);
        Span<byte> head = stackalloc byte[mostHeadBytes];
        head = head[..file.Read(head, 0)];
        key?.Apply(head, 0);
        isCompressed = CompressedBlock.TryReadHead(head, out int length, out _);
        return isCompressed ? length : file.Length;
    }

    /// <summary>Makes the bytes of a whole file from a block's records.</summary>
    public ReadOnlyMemory<byte> Encode(uint block, ReadOnlySpan<byte> records, bool compresses)
    {
        var writer = new ArrayBufferWriter<byte>(records.Length + 64);
        if (compresses && records.Length > BlockFormat.ChecksumBytes) CompressedBlock.Encode(records, writer);
        else writer.Write(records);
        byte[] bytes = writer.WrittenSpan.ToArray();
        KeyOf(block)?.Apply(bytes, 0);
        return bytes;
    }

    /// <summary>Encrypts bytes in place, as they belong at a place of the file; does nothing where the block is not encrypted.</summary>
    public void Encrypt(uint block, Span<byte> bytes, long offset) => KeyOf(block)?.Apply(bytes, offset);

    public bool IsEncrypted(uint block) => KeyOf(block) is not null;

    /// <summary>Makes the key of a new block and its file, before the block's first byte is written.</summary>
    public void CreateKey(uint block)
    {
        if (keys is null || _keys.ContainsKey(block)) return;
        BlockKey key = keys.Blocks.CreateBlockKey(block, out byte[] file);
        SafeFiles.Replace(files, KeyPathOf(block), file);
        _keys[block] = key;
    }

    /// <summary>What lies in the file of an index.</summary>
    public ReadOnlySpan<byte> SealIndex(ReadOnlySpan<byte> index) => keys is null ? index : keys.Index.Seal(index);

    /// <summary>The index in a file; null where it cannot be opened.</summary>
    public byte[]? OpenIndex(byte[] file) => keys is null ? file : keys.Index.TryOpen(file, out byte[]? index) ? index : null;

    /// <summary>What lies in a block's index of nats-server up to 2.9; null where there is none, or it cannot be opened.</summary>
    public ForeignIndex? ReadFormerIndex(uint block)
    {
        if (SafeFiles.ReadAll(files, FormerIndexPathOf(block)) is not { } file) return null;
        return (KeyOf(block) is { } key ? key.OpenFormerIndex(file) : file) is { } content ? ForeignIndex.TryRead(content) : null;
    }

    public void DeleteFormerIndex(uint block)
    {
        if (files.FileExists(FormerIndexPathOf(block))) files.DeleteFile(FormerIndexPathOf(block));
    }

    /// <summary>Puts a block that is not encrypted, or under a key that was, under a key made now. Before anything else is done with it.</summary>
    public void Convert(uint block)
    {
        if (keys is null || (KeyOf(block, out KeyStatus status) is not null && status == KeyStatus.Current)) return;
        BlockBuffer buffer = Read(block, out int length, out bool isCompressed);
        try
        {
            _keys[block] = keys.Blocks.CreateBlockKey(block, out byte[] keyFile);
            SafeFiles.Prepare(files, PathOf(block), Encode(block, buffer.Bytes.AsSpan(0, length), isCompressed).Span);
            SafeFiles.Prepare(files, KeyPathOf(block), keyFile);
            files.SyncDirectory(directory);
            Finish(KeyPathOf(block));
            Finish(PathOf(block));
        }
        finally
        {
            buffer.Release();
        }
    }

    /// <summary>Ends a conversion between whose two moves the machine stopped: the key is in place, the block beside its place.</summary>
    public void FinishConversion(uint block, HighwayHash64 hash)
    {
        string unfinished = SafeFiles.UnfinishedPath(PathOf(block));
        if (keys is null || !files.FileExists(unfinished) || !files.FileExists(PathOf(block)) || HasRecords(block, PathOf(block), hash)) return;
        if (HasRecords(block, unfinished, hash)) Finish(PathOf(block));
    }

    /// <summary>Deletes a block's files.</summary>
    public void Delete(uint block)
    {
        // The key goes last: a block without its key would look damaged.
        if (files.FileExists(PathOf(block))) files.DeleteFile(PathOf(block));
        if (files.FileExists(KeyPathOf(block))) files.DeleteFile(KeyPathOf(block));
        _keys.TryRemove(block, out _);
    }

    private void Finish(string path)
    {
        files.Move(SafeFiles.UnfinishedPath(path), path);
        files.SyncDirectory(directory);
    }

    private bool HasRecords(uint block, string path, HighwayHash64 hash)
    {
        BlockBuffer buffer = Read(block, path, long.MaxValue, seals: null, out int length, out _);
        try
        {
            return new BlockScanner(buffer.Bytes.AsSpan(0, length), hash).MoveNext();
        }
        finally
        {
            buffer.Release();
        }
    }

    private string KeyPathOf(uint block) => Path.Combine(directory, string.Create(null, $"{block}{KeySuffix}"));

    private string FormerIndexPathOf(uint block) => Path.Combine(directory, string.Create(null, $"{block}.idx"));

    private BlockKey? KeyOf(uint block) => KeyOf(block, out _);

    private BlockKey? KeyOf(uint block, out KeyStatus status)
    {
        status = KeyStatus.Current;
        if (_keys.TryGetValue(block, out BlockKey? known)) return known;
        if (SafeFiles.ReadAll(files, KeyPathOf(block)) is not { } file) return null;
        if (keys is null) throw new IOException($"{PathOf(block)} is encrypted, and no key is configured");
        status = keys.Blocks.TryOpenBlockKey(block, file, out BlockKey? key);
        if (status == KeyStatus.Refused) throw new IOException($"{KeyPathOf(block)} cannot be opened with the configured key");
        return _keys.GetOrAdd(block, key!);
    }

    // A piece at a time, so that what is done to its bytes finds them in the processor's cache.
    private BlockBuffer ReadFile(string path, long most, BlockKey? key, SealedRecords? seals, out int read, out int records, out int head)
    {
        using IStorageFile file = files.Open(path, create: false);
        int wanted = (int)Math.Min(most, SafeFiles.LengthOf(path, file));
        BlockBuffer buffer = buffers.Rent(wanted);
        (read, records, head) = (0, 0, 0);
        try
        {
            while (read < wanted)
            {
                Span<byte> piece = buffer.Bytes.AsSpan(read, Math.Min(PieceBytes, wanted - read));
                int some = file.Read(piece, read);
                key?.Apply(piece[..some], read);
                if (read == 0 && !CompressedBlock.TryReadHead(piece[..some], out records, out head)) head = 0;
                read += some;
                if (head == 0) seals?.Look(buffer.Bytes.AsSpan(0, read));
                if (some < piece.Length) break;
            }

            return buffer;
        }
        catch
        {
            buffer.Release();
            throw;
        }
    }
}
