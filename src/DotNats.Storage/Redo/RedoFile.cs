namespace DotNats.Storage;

/// <summary>One of the two files of the redo journal, while it is written.</summary>
// Owner: the journal, under its gate. Lifetime: until disposed; its room is there from the beginning, so that writing to it again changes nothing but bytes.
internal sealed class RedoFile : IDisposable
{
    /// <summary>Of files that have been worked off.</summary>
    public const string DoneSuffix = ".done";

    private const int PieceBytes = 1024 * 1024;

    private readonly IStorageFile _file;

    // The same file: what is written here is on the device when that returns. Null where there is no such way.
    private readonly IStorageFile? _synced;
    private RedoFormat _format;
    private readonly long _length;
    private long _next = RedoFormat.Alignment;
    private long _writtenEnd = RedoFormat.Alignment;

    private RedoFile(IStorageFile file, IStorageFile? synced, RedoFormat format, long length) => (_file, _synced, _format, _length) = (file, synced, format, length);

    /// <summary>It was written to since it was made or blanked.</summary>
    public bool IsUsed => _writtenEnd > RedoFormat.Alignment;

    /// <summary>Makes one. Its name is not safe yet.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static RedoFile Make(IStorageFiles files, string path, long length)
    {
        IStorageFile file = files.Open(path, create: true);
        try
        {
            Blank(file, 0, length);
            byte[] head = new byte[RedoFormat.FileHeadBytes];
            RedoFormat format = RedoFormat.WriteFileHead(head);
            file.Write(head, 0);
            file.Sync();
            return new RedoFile(file, OpenSynced(files, path), format, length);
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Of the fill that is being written.</summary>
    public long UsedBytes => _next;

    /// <summary>There is room for a group of so many bytes.</summary>
    public bool HasRoom(int bytes) => RedoFormat.Align(_next + bytes) <= _length;

    /// <summary>The next group is the first.</summary>
    public void BeginAnew() => _next = RedoFormat.Alignment;

    /// <summary>Writes and syncs a group.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Write(RedoBatch batch, ulong fill, uint number)
    {
        Span<byte> group = batch.Group;
        _format.WriteHead(group, new RedoHead(fill, number, group.Length - RedoFormat.HeadBytes));
        _writtenEnd = Math.Max(_writtenEnd, _next + group.Length);
        if (_synced is not null)
        {
            Span<byte> pages = batch.Pages;
            pages[group.Length..].Clear();
            _synced.Write(pages, _next);
        }
        else
        {
            _file.Write(group, _next);
            _file.Sync();
        }

        _next = RedoFormat.Align(_next + group.Length);
    }

    /// <summary>Overwrites all groups.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Blank()
    {
        if (!IsUsed) return;
        // All of them count no more at once, whatever of the rest a crash leaves: with another key none is one.
        byte[] head = new byte[RedoFormat.FileHeadBytes];
        _format = RedoFormat.WriteFileHead(head);
        _file.Write(head, 0);
        _file.Sync();
        Blank(_file, RedoFormat.Alignment, _writtenEnd);
        _writtenEnd = RedoFormat.Alignment;
    }

    /// <summary>Overwrites a part of a file, safely.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Blank(IStorageFile file, long start, long end)
    {
        byte[] nothing = new byte[(int)Math.Min(PieceBytes, Math.Max(0, end - start))];
        for (long at = start; at < end; at += nothing.Length) file.Write(nothing.AsSpan(0, (int)Math.Min(nothing.Length, end - at)), at);
        file.Sync();
    }

    /// <summary>Deletes both files of a store, for good. They have no groups any more.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void DeleteBoth(IStorageFiles files, string directory)
    {
        foreach (string name in RedoFormat.FileNames)
        {
            string path = Path.Combine(directory, name);
            if (files.FileExists(path)) files.DeleteFile(path);
        }

        files.SyncDirectory(directory);
    }

    /// <summary>Overwrites and deletes what was worked off: what is erased later may not be found in what was its room.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void DeleteDone(IStorageFiles files, string directory)
    {
        foreach (string name in RedoFormat.FileNames)
        {
            string path = Path.Combine(directory, name + DoneSuffix);
            if (!files.FileExists(path)) continue;
            using (IStorageFile file = files.Open(path, create: false)) Blank(file, 0, file.Length);
            files.DeleteFile(path);
        }
    }

    public void Dispose()
    {
        _synced?.Dispose();
        _file.Dispose();
    }

    // Some file systems say only when they are written to that they cannot do it.
    private static IStorageFile? OpenSynced(IStorageFiles files, string path)
    {
        IStorageFile? synced = files.OpenSynced(path);
        try
        {
            synced?.Write(new RedoBatch().Pages, RedoFormat.Alignment);
            return synced;
        }
        catch (IOException)
        {
            synced!.Dispose();
            return null;
        }
    }
}
