namespace DotNats.Storage;

/// <summary>One file of a redo journal, as it is found.</summary>
// Immutable. Lifetime: one opening of a store.
internal sealed class RedoHalf
{
    private RedoHalf(string path) => Path = path;

    public string Path { get; }

    /// <summary>Which of the journal's fills it has; 0 where it has none.</summary>
    public ulong Fill { get; private set; }

    /// <summary>The records of each group, in order.</summary>
    public List<ReadOnlyMemory<byte>> Groups { get; } = [];

    /// <summary>Groups are missing before the first that can be read: where the other file has the next fill, this one was being begun anew.</summary>
    public bool LacksStart { get; private set; }

    /// <summary>Where groups that others follow cannot be read; null where there is no such place.</summary>
    public string? Damage { get; private set; }

    /// <exception cref="IOException">It cannot be read.</exception>
    public static RedoHalf Read(IStorageFiles files, string path)
    {
        var half = new RedoHalf(path);
        using IStorageFile file = files.Open(path, create: false);
        half.Read(file);
        return half;
    }

    // What is behind the last group of a fill is left of the fill before, and passed over page by page: a start waits for this. The group that was being written when the power failed
    // may be torn; nobody was told of it.
    private void Read(IStorageFile file)
    {
        Span<byte> fileHead = stackalloc byte[RedoFormat.FileHeadBytes];
        if (file.Read(fileHead, 0) < fileHead.Length || RedoFormat.ReadFileHead(fileHead) is not { } format)
        {
            // One that was being made has nothing but zeros; groups come after the head is safe.
            if (fileHead.ContainsAnyExcept((byte)0)) Damage = Path;
            return;
        }

        long length = file.Length;
        uint next = 0;
        for (long at = RedoFormat.Alignment; at < length;)
        {
            if (!TryReadGroup(file, format, at, out RedoHead head, out byte[] group))
            {
                at += RedoFormat.Alignment;
                continue;
            }

            if (head.Fill > Fill) Begin(head, out next);
            if (head.Fill == Fill && head.Number >= next)
            {
                if (head.Number > next) Damage ??= string.Create(null, $"{Path} before byte {at}");
                next = head.Number + 1;
                Groups.Add(group.AsMemory(RedoFormat.HeadBytes));
            }

            at = RedoFormat.Align(at + group.Length);
        }
    }

    private void Begin(in RedoHead head, out uint next)
    {
        Groups.Clear();
        (Fill, LacksStart, Damage) = (head.Fill, head.Number > 0, null);
        next = head.Number;
    }

    private bool TryReadGroup(IStorageFile file, RedoFormat format, long at, out RedoHead head, out byte[] group)
    {
        Span<byte> start = stackalloc byte[RedoFormat.HeadBytes];
        group = [];
        if (file.Read(start, at) < start.Length) start.Clear();
        if (!RedoFormat.TryReadHead(start, out head) || head.Fill < Fill) return false;
        group = new byte[RedoFormat.HeadBytes + head.PayloadBytes];
        return file.Read(group, at) == group.Length && format.IsSound(group);
    }
}
