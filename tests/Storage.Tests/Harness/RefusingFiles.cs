using DotNats.Storage;

namespace Storage.Tests.Harness;

/// <summary>The machine's files, which have no room or fail while they are told to.</summary>
internal sealed class RefusingFiles : PassingFiles
{
    private volatile bool _isFull;
    private volatile bool _failsSyncs;

    /// <summary>Nothing can be written.</summary>
    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    /// <summary>Nothing can be synced.</summary>
    public bool FailsSyncs
    {
        get => _failsSyncs;
        set => _failsSyncs = value;
    }

    public override IStorageFile Open(string path, bool create) => new RefusingFile(this, path, base.Open(path, create));

    public override long FreeBytes(string path) => IsFull ? 0 : base.FreeBytes(path);

    private sealed class RefusingFile(RefusingFiles files, string path, IStorageFile file) : PassingFile(file)
    {
        public override void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (!files.IsFull)
            {
                base.Write(bytes, offset);
                return;
            }

            // As a real one has it: what there is room for is written.
            base.Write(bytes[..(bytes.Length / 2)], offset);
            throw new DiskFullException(path);
        }

        public override void Sync()
        {
            if (files.FailsSyncs) throw new IOException($"input/output error: {path}");
        }
    }
}
