namespace DotNats.Storage;

/// <summary>Small files that are read and replaced whole.</summary>
internal static class SafeFiles
{
    // nats-server's own suffix for what is not finished; it ignores such files.
    private const string UnfinishedSuffix = ".tmp";

    /// <summary>All bytes of a file; null where there is none.</summary>
    public static byte[]? ReadAll(IStorageFiles files, string path)
    {
        if (!files.FileExists(path)) return null;
        using IStorageFile file = files.Open(path, create: false);
        byte[] bytes = new byte[LengthOf(path, file)];
        int read = file.Read(bytes, 0);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>The length of a file that is read as a whole.</summary>
    /// <exception cref="IOException">No array holds it.</exception>
    public static int LengthOf(string path, IStorageFile file) =>
        file.Length is var length && length <= Array.MaxLength ? (int)length : throw new IOException($"{path} is too long to be read: {length} bytes");

    /// <summary>Puts a file in place so that after a crash there is the old one or the new one, whole.</summary>
    public static void Replace(IStorageFiles files, string path, ReadOnlySpan<byte> bytes)
    {
        Prepare(files, path, bytes);
        files.Move(UnfinishedPath(path), path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Where a file lies until it is put in place.</summary>
    public static string UnfinishedPath(string path) => path + UnfinishedSuffix;

    /// <summary>Writes and syncs a file beside its place.</summary>
    public static void Prepare(IStorageFiles files, string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using IStorageFile file = files.Open(UnfinishedPath(path), create: true);
            file.SetLength(0);
            file.Write(bytes, 0);
            file.Sync();
        }
        catch (DiskFullException)
        {
            // It would only keep room from others.
            if (files.FileExists(UnfinishedPath(path))) files.DeleteFile(UnfinishedPath(path));
            throw;
        }
    }
}
