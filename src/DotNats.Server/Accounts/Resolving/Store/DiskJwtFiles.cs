namespace DotNats.Server.Accounts.Resolving;

/// <summary>JWT files on the disk.</summary>
// One server writes; names come from checked keys only, so that they cannot lead out of the directory.
internal sealed class DiskJwtFiles : IJwtFiles
{
    // Not .jwt at its end: nobody takes half a file for a JWT.
    private const string TemporaryEnd = ".jwt.tmp";

    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private DiskJwtFiles(string directory) => Directory = directory;

    /// <summary>Full path.</summary>
    public string Directory { get; }

    /// <summary>Makes the directory where it is missing and removes what a crash left half written.</summary>
    /// <exception cref="IOException">It cannot be made or read.</exception>
    public static DiskJwtFiles Open(string directory)
    {
        string path = Path.GetFullPath(directory);
        return Try(() =>
        {
            if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(path);
            else System.IO.Directory.CreateDirectory(path, DirectoryMode);
            foreach (string left in System.IO.Directory.GetFiles(path, "*" + TemporaryEnd)) File.Delete(left);
            return new DiskJwtFiles(path);
        });
    }

    public IReadOnlyList<JwtFile> List() => Try(() =>
    {
        List<JwtFile> files = [];
        foreach (FileInfo file in new DirectoryInfo(Directory).EnumerateFiles("*" + JwtStore.FileEnd))
        {
            // Gone since it was listed.
            if (file.Exists) files.Add(new JwtFile(file.Name, file.Length));
        }

        return files;
    });

    public byte[]? Read(string name, int maxBytes) => Try(() =>
    {
        try
        {
            using var stream = new FileStream(PathOf(name), System.IO.FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] contents = new byte[Math.Min(stream.Length, (long)maxBytes + 1)];
            int read = stream.ReadAtLeast(contents, contents.Length, throwOnEndOfStream: false);
            return read == contents.Length ? contents : contents[..read];
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    });

    public void Write(string name, ReadOnlySpan<byte> contents)
    {
        string path = PathOf(name);
        string temporary = path[..^JwtStore.FileEnd.Length] + TemporaryEnd;
        try
        {
            WriteThrough(temporary, contents);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            if (error is IOException) throw;
            throw new IOException(error.Message, error);
        }
    }

    public bool Rename(string name, string newName) => Try(() =>
    {
        try
        {
            File.Move(PathOf(name), PathOf(newName), overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    });

    public bool Delete(string name) => Try(() =>
    {
        string path = PathOf(name);
        if (!File.Exists(path)) return false;
        File.Delete(path);
        return true;
    });

    private static void WriteThrough(string path, ReadOnlySpan<byte> contents)
    {
        var options = new FileStreamOptions { Mode = System.IO.FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode;
        using var stream = new FileStream(path, options);
        stream.Write(contents);
        stream.Flush(flushToDisk: true);
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Left for the next start.
        }
    }

    private static T Try<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    private string PathOf(string name) => Path.Combine(Directory, name);
}
