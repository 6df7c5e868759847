using DotNats.Storage;

namespace Crash.Disk;

/// <summary>
/// A file system in memory that knows what is safe: what was synced apart from what was not. It crashes at any operation, and after a crash
/// anything that was not synced may be there, be gone, or be there in part.
/// </summary>
/// <remarks>It is stricter than most: a file's sync makes its bytes safe and not its name, and unsynced changes are kept in no order.</remarks>
// Owner: one case; any thread. Everything is under _gate. Lifetime: handles and names of before a crash are dead after it.
internal sealed class FaultyFiles(Random random) : IStorageFiles
{
    private readonly Lock _gate = new();
    private readonly NameTree _names = new();

    /// <summary>Changes made so far: what crashes and failures are counted by.</summary>
    public int Operations { get; private set; }

    /// <summary>The machine goes down in the middle of this operation.</summary>
    public int CrashAt { get; set; } = int.MaxValue;

    /// <summary>This operation fails once; a failed write is half done, and what a failed sync left unsafe stays so for ever.</summary>
    public int FailAt { get; set; } = int.MaxValue;

    /// <summary>Bytes that all files together may have; where they have them there is no room for names either.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Where there is no room a sync may be what finds out: then what it was for is not safe.</summary>
    public bool IsSyncWithoutRoom { get; set; }

    /// <summary>One of so many reads fails; 0 for none.</summary>
    public int ReadsPerFailure { get; set; }

    /// <summary>The file system can be synced as a whole.</summary>
    public bool HasWholeSync { get; set; }

    /// <summary>And keeps what is written once more where it lay: what a redo journal wants.</summary>
    public bool OverwritesInPlace { get; set; }

    /// <summary>How often it was.</summary>
    public int WholeSyncs { get; private set; }

    /// <summary>Everything throws until <see cref="Restart"/>.</summary>
    public bool IsDown { get; private set; }

    /// <summary>Told of each change before it is made; for whoever looks for the cause of a failure.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Called before each change, outside every lock: what others do meanwhile.</summary>
    public Action? Changing { get; set; }

    private const int OperationsToTakeBack = 4;

    // What a file system took without having a place for it.
    private const int MostBytesWithoutPlace = 400;

    internal int Boot { get; private set; }

    /// <summary>The machine starts again.</summary>
    /// <param name="powerWasLost">Otherwise only the process ended, and everything that was written is there.</param>
    public void Restart(bool powerWasLost)
    {
        lock (_gate)
        {
            if (powerWasLost) _names.LosePower(random);
            CrashAt = FailAt = int.MaxValue;
            ReadsPerFailure = 0;
            IsDown = false;
            Boot++;
        }
    }

    /// <summary>Files in reach, with what is in them now.</summary>
    public List<(string Path, FileBytes Bytes)> AllFiles()
    {
        lock (_gate)
        {
            List<(string Path, Inode Inode)> files = _names.AllFiles();
            return files.ConvertAll(file => (file.Path, file.Inode.Live));
        }
    }

    /// <summary>Whether bytes would be found on the device if the power went now, whatever else is lost.</summary>
    public bool MayHold(byte[] sought)
    {
        lock (_gate) return _names.AllFiles().Exists(file => file.Inode.MayHold(sought));
    }

    /// <summary>Turns one bit of a file over, on the device and in memory.</summary>
    public void FlipBit(string path, long bit)
    {
        lock (_gate) _names.Find(path)!.FlipBit(bit);
    }

    /// <summary>A copy of what is there, everything of it safe.</summary>
    public FaultyFiles Copy(Random random)
    {
        var copy = new FaultyFiles(random);
        lock (_gate)
        {
            foreach ((string path, Inode inode) in _names.AllFiles()) copy._names.Add(path, inode.Live.Copy());
        }

        return copy;
    }

    // ---- IStorageFiles ----

    public IStorageFile Open(string path, bool create)
    {
        lock (_gate)
        {
            CheckUp();
            if (_names.Find(path) is { } inode) return new FaultyFile(this, inode, path);
            if (!create) throw new FileNotFoundException("no such file", path);
            if (Room() <= 0) throw new DiskFullException(path);
            Inode made = new();
            Change(path, () => _names.Put(path, made));
            return new FaultyFile(this, made, path);
        }
    }

    public bool FileExists(string path)
    {
        lock (_gate)
        {
            CheckUp();
            return _names.Find(path) is not null;
        }
    }

    public bool DirectoryExists(string path)
    {
        lock (_gate)
        {
            CheckUp();
            return _names.FindDirectory(path) is not null;
        }
    }

    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            CheckUp();
            if (_names.FindDirectory(path) is null) Change(path, () => _names.CreateDirectory(path));
        }
    }

    public IEnumerable<string> FileNames(string path)
    {
        lock (_gate)
        {
            CheckUp();
            return _names.NamesIn(path, files: true);
        }
    }

    public IEnumerable<string> DirectoryNames(string path)
    {
        lock (_gate)
        {
            CheckUp();
            return _names.NamesIn(path, files: false);
        }
    }

    public void Move(string from, string to)
    {
        Changing?.Invoke();
        lock (_gate) Change(from, () => _names.Move(from, to));
    }

    public void DeleteFile(string path)
    {
        Changing?.Invoke();
        lock (_gate) Change(path, () => _names.Delete(path));
    }

    public void DeleteDirectory(string path)
    {
        lock (_gate)
        {
            // File by file, as a real one does it: a crash in the middle leaves some.
            foreach (string file in _names.FilesUnder(path)) Change(file, () => _names.Delete(file));
            Change(path, () => _names.Delete(path));
        }
    }

    public void SyncDirectory(string path)
    {
        Changing?.Invoke();
        lock (_gate)
        {
            CheckUp();
            Trace?.Invoke($"sync names of {path}");
            Operations++;
            if (Operations == FailAt) throw new IOException($"input/output error: {path}");
            if (Operations != CrashAt || random.Next(2) == 0) _names.Sync(path);
            CrashIfDue();
        }
    }

    public long FreeBytes(string path)
    {
        lock (_gate)
        {
            CheckUp();
            return Room();
        }
    }

    public IFileSystemSync? OpenSync(string directory) => HasWholeSync ? new WholeSync(this) : null;

    private bool TrySyncAll()
    {
        Changing?.Invoke();
        lock (_gate)
        {
            if (IsDown) return false;
            Operations++;
            WholeSyncs++;
            if (Operations == FailAt) return false;
            if (Operations != CrashAt || random.Next(2) == 0) _names.SyncAll();
            IsDown |= Operations >= CrashAt;
            return !IsDown;
        }
    }

    private sealed class WholeSync(FaultyFiles files) : IFileSystemSync
    {
        public bool OverwritesInPlace => files.OverwritesInPlace;

        public bool Covers(string directory) => true;

        public bool TrySync() => files.TrySyncAll();

        public void Dispose()
        {
        }
    }

    // ---- For FaultyFile ----

    internal long Length(Inode inode, int boot)
    {
        lock (_gate)
        {
            CheckUp(boot);
            return inode.Live.Length;
        }
    }

    internal int Read(Inode inode, int boot, string path, Span<byte> target, long offset)
    {
        lock (_gate)
        {
            CheckUp(boot);
            if (ReadsPerFailure > 0 && random.Next(ReadsPerFailure) == 0) throw new IOException($"input/output error: {path}");
            return inode.Live.Read(target, offset);
        }
    }

    internal void Write(Inode inode, int boot, string path, ReadOnlySpan<byte> bytes, long offset)
    {
        Changing?.Invoke();
        lock (_gate)
        {
            CheckUp(boot);
            Trace?.Invoke($"write {path} at {offset}, {bytes.Length} bytes");
            Operations++;
            long growth = Math.Max(0, offset + bytes.Length - inode.Live.Length);
            long room = Room();
            if (growth > room)
            {
                inode.Write(bytes[..(int)Math.Max(0, bytes.Length - growth + Math.Max(0, room))], offset);
                throw new DiskFullException(path);
            }

            if (Operations == FailAt)
            {
                inode.Write(bytes[..random.Next(bytes.Length + 1)], offset);
                throw new IOException($"input/output error: {path}");
            }

            // A process that ends in the middle has written the first of it; a machine may have kept any of it.
            inode.Write(Operations == CrashAt ? bytes[..random.Next(bytes.Length + 1)] : bytes, offset);
            CrashIfDue();
        }
    }

    internal void SetLength(Inode inode, int boot, string path, long length)
    {
        lock (_gate)
        {
            CheckUp(boot);
            Change(path, () => inode.SetLength(length));
        }
    }

    internal void Sync(Inode inode, int boot, string path)
    {
        Changing?.Invoke();
        lock (_gate)
        {
            CheckUp(boot);
            Trace?.Invoke($"sync {path}");
            Operations++;
            if (Operations == FailAt)
            {
                inode.ForgetUnsynced();
                // Whoever is told has some operations' time to undo what it wrote before its process ends, too.
                CrashAt = Math.Max(CrashAt, Operations + OperationsToTakeBack);
                throw new IOException($"input/output error: {path}");
            }

            if (IsSyncWithoutRoom && Room() < MostBytesWithoutPlace && inode.NeedsRoom && random.Next(2) == 0)
            {
                inode.ForgetUnsynced();
                throw new DiskFullException(path);
            }

            if (Operations != CrashAt || random.Next(2) == 0) inode.Sync();
            CrashIfDue();
        }
    }

    private void Change(string path, Action change)
    {
        CheckUp();
        Trace?.Invoke($"change {path}");
        Operations++;
        if (Operations == FailAt) throw new IOException($"input/output error: {path}");
        change();
        CrashIfDue();
    }

    private long Room() => Capacity == long.MaxValue ? long.MaxValue : Capacity - _names.TotalBytes();

    private void CrashIfDue()
    {
        if (Operations < CrashAt) return;
        IsDown = true;
        CheckUp();
    }

    private void CheckUp()
    {
        if (IsDown) throw new IOException("the machine is down");
    }

    private void CheckUp(int boot)
    {
        CheckUp();
        if (boot != Boot) throw new IOException("a file of before the crash");
    }
}
