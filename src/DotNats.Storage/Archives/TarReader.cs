using System.Text;

namespace DotNats.Storage;

/// <summary>Reads a tar file by file.</summary>
/// <remarks>
/// The framework has a reader too; it makes room for what an extension header says it holds before it has read it, which lets a hundred bytes
/// ask for two gigabytes.
/// </remarks>
/// <param name="source">The archive, decompressed.</param>
// Owner: one reader at a time. Invariant: _left bytes of the file and _padding behind them are still in the source.
public sealed class TarReader(PieceReader source)
{
    // What Go reads of an extension at most.
    private const int MaxExtensionBytes = 1 << 20;

    private long _left;
    private int _padding;

    /// <summary>Name of the file, as it stands there.</summary>
    public string Name { get; private set; } = "";

    /// <summary>It is a plain file: no link, directory or device.</summary>
    public bool IsFile { get; private set; }

    /// <summary>Bytes it says it has.</summary>
    public long Size { get; private set; }

    /// <summary>Goes on to the next file, over what was not read of this one; false at the end.</summary>
    /// <exception cref="ArchiveException">This is no tar, or it is damaged or ends too early.</exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        await SkipAsync(_left + _padding, cancellationToken).ConfigureAwait(false);
        (_left, _padding) = (0, 0);
        (string? name, long? size) = (null, null);
        while (await ReadHeadAsync(cancellationToken).ConfigureAwait(false) is { } head)
        {
            if (head.Type is not (TarHead.Extended or TarHead.LongName or TarHead.Global))
            {
                Begin(name ?? head.Name, size ?? head.Size, head.Type == TarHead.File);
                return true;
            }

            byte[] extension = await ReadExtensionAsync(head.Size, cancellationToken).ConfigureAwait(false);
            if (head.Type == TarHead.Extended) TarHead.ReadRecords(extension, ref name, ref size);
            else if (head.Type == TarHead.LongName) name = Encoding.UTF8.GetString(extension.AsSpan().TrimEnd((byte)0));
        }

        return false;
    }

    /// <summary>Reads some of the file; 0 at its end.</summary>
    /// <exception cref="ArchiveException">The archive ends before.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken = default)
    {
        if (_left == 0 || target.IsEmpty) return 0;
        int read = await source.ReadAsync(target[..(int)Math.Min(target.Length, _left)], cancellationToken).ConfigureAwait(false);
        if (read == 0) throw ArchiveException.UnexpectedEnd();
        _left -= read;
        return read;
    }

    private void Begin(string name, long size, bool isFile)
    {
        (Name, Size, IsFile) = (name, size, isFile);
        // Compat: only a plain file's size is bytes that follow.
        _left = isFile ? size : 0;
        _padding = PaddingOf(_left);
    }

    // Null at the end: two blocks of zeros, or nothing at all behind a file.
    private async ValueTask<TarHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        for (int zeros = 0; zeros < 2; zeros++)
        {
            if (!await source.HoldAsync(TarHead.BlockBytes, cancellationToken).ConfigureAwait(false))
                return source.Held.IsEmpty ? null : throw ArchiveException.UnexpectedEnd();
            ReadOnlySpan<byte> block = source.Held[..TarHead.BlockBytes];
            source.Take(TarHead.BlockBytes);
            if (block.ContainsAnyExcept((byte)0)) return zeros == 0 ? TarHead.Read(block) : throw TarHead.Invalid();
        }

        return null;
    }

    private async ValueTask<byte[]> ReadExtensionAsync(long size, CancellationToken cancellationToken)
    {
        if (size > MaxExtensionBytes) throw TarHead.Invalid();
        byte[] extension = new byte[size];
        if (!await source.ReadAllAsync(extension, cancellationToken).ConfigureAwait(false)) throw ArchiveException.UnexpectedEnd();
        await SkipAsync(PaddingOf(size), cancellationToken).ConfigureAwait(false);
        return extension;
    }

    private async ValueTask SkipAsync(long count, CancellationToken cancellationToken)
    {
        if (!await source.SkipAsync(count, cancellationToken).ConfigureAwait(false)) throw ArchiveException.UnexpectedEnd();
    }

    private static int PaddingOf(long size) => (int)(-size & (TarHead.BlockBytes - 1));
}
