namespace Crash.Disk;

/// <summary>Directories and the names in them: as processes see them, as they are on the device for sure, and the changes between.</summary>
// Owner: FaultyFiles, under its gate. A directory is known by its identity, so that moving it moves what is in it.
internal sealed class NameTree
{
    private readonly Folder _root = new();
    private readonly List<Change> _unsynced = [];

    public Inode? Find(string path) => Look(path) as Inode;

    public object? FindDirectory(string path) => Look(path) as Folder;

    public List<string> NamesIn(string path, bool files)
    {
        Folder folder = Look(path) as Folder ?? throw new DirectoryNotFoundException($"no such directory: {path}");
        return [.. folder.Live.Where(entry => entry.Value is Inode == files).Select(entry => entry.Key)];
    }

    public void Put(string path, Inode inode) => Apply(new Change([new Slot(Parent(path), Path.GetFileName(path), inode)]));

    /// <summary>A file that is safe, with all directories above it.</summary>
    public void Add(string path, FileBytes content)
    {
        CreateDirectory(Path.GetDirectoryName(path)!);
        Put(path, new Inode(content));
        foreach (Change change in _unsynced) change.ApplySafe();
        _unsynced.Clear();
    }

    public void CreateDirectory(string path)
    {
        Folder at = _root;
        foreach (string part in Parts(path))
        {
            if (!at.Live.TryGetValue(part, out object? next)) Apply(new Change([new Slot(at, part, next = new Folder())]));
            at = next as Folder ?? throw new IOException($"not a directory: {path}");
        }
    }

    public void Move(string from, string to)
    {
        object moved = Look(from) ?? throw new FileNotFoundException("no such file", from);
        if (moved is Folder && Look(to) is Folder { Live.Count: > 0 }) throw new IOException($"directory not empty: {to}");
        Apply(new Change([new Slot(Parent(from), Path.GetFileName(from), null), new Slot(Parent(to), Path.GetFileName(to), moved)]));
    }

    public void Delete(string path)
    {
        if (Look(path) is null) throw new FileNotFoundException("no such file", path);
        Apply(new Change([new Slot(Parent(path), Path.GetFileName(path), null)]));
    }

    public List<string> FilesUnder(string path) =>
        AllFiles().Where(file => file.Path.StartsWith(path + "/", StringComparison.Ordinal)).Select(file => file.Path).ToList();

    /// <summary>Makes the names of a directory safe, with what they depend on.</summary>
    public void Sync(string path)
    {
        Folder folder = Look(path) as Folder ?? throw new DirectoryNotFoundException($"no such directory: {path}");
        var touched = new HashSet<Folder> { folder };
        var due = new List<Change>();
        for (int i = _unsynced.Count - 1; i >= 0; i--)
        {
            if (!Array.Exists(_unsynced[i].Slots, slot => touched.Contains(slot.Folder))) continue;
            touched.UnionWith(_unsynced[i].Slots.Select(slot => slot.Folder));
            due.Insert(0, _unsynced[i]);
        }

        foreach (Change change in due) change.ApplySafe();
        _unsynced.RemoveAll(due.Contains);
    }

    /// <summary>Makes all names and all files safe.</summary>
    public void SyncAll()
    {
        foreach (Change change in _unsynced) change.ApplySafe();
        _unsynced.Clear();
        foreach ((_, Inode inode) in AllFiles()) inode.Sync();
    }

    /// <summary>Of the changes that were not synced any may have got to the device.</summary>
    public void LosePower(Random random)
    {
        int kept = random.Next(4) switch { 0 => 0, 1 => _unsynced.Count, _ => random.Next(_unsynced.Count + 1) };
        bool inOrder = random.Next(2) == 0;
        for (int i = 0; i < _unsynced.Count; i++)
        {
            if (inOrder ? i < kept : random.Next(2) == 0) _unsynced[i].ApplySafe();
        }

        _unsynced.Clear();
        LosePower(_root, random, []);
    }

    public long TotalBytes() => AllFiles().Sum(file => file.Inode.Live.Length);

    public List<(string Path, Inode Inode)> AllFiles()
    {
        var files = new List<(string Path, Inode Inode)>();
        Collect(_root, "", files);
        return files;
    }

    private static void LosePower(Folder folder, Random random, HashSet<object> seen)
    {
        folder.Live.Clear();
        // In the order of names: dictionaries have none that a seed could repeat.
        foreach ((string name, object node) in folder.Safe.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            folder.Live[name] = node;
            if (!seen.Add(node)) continue;
            if (node is Inode inode) inode.LosePower(random);
            else LosePower((Folder)node, random, seen);
        }
    }

    private static void Collect(Folder folder, string path, List<(string Path, Inode Inode)> files)
    {
        foreach ((string name, object node) in folder.Live.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (node is Inode inode) files.Add(($"{path}/{name}", inode));
            else Collect((Folder)node, $"{path}/{name}", files);
        }
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private void Apply(Change change)
    {
        change.ApplyLive();
        _unsynced.Add(change);
    }

    private Folder Parent(string path) =>
        Look(Path.GetDirectoryName(path)!) as Folder ?? throw new DirectoryNotFoundException($"no such directory: {path}");

    private object? Look(string path)
    {
        object? at = _root;
        foreach (string part in Parts(path))
        {
            if (at is not Folder folder || !folder.Live.TryGetValue(part, out at)) return null;
        }

        return at;
    }

    private sealed class Folder
    {
        public Dictionary<string, object> Live { get; } = [];

        public Dictionary<string, object> Safe { get; } = [];
    }

    // A name that gets something else, or nothing.
    private sealed record Slot(Folder Folder, string Name, object? Node);

    // What happens at once or not at all.
    private sealed record Change(Slot[] Slots)
    {
        public void ApplyLive()
        {
            foreach (Slot slot in Slots) Set(slot.Folder.Live, slot);
        }

        public void ApplySafe()
        {
            foreach (Slot slot in Slots) Set(slot.Folder.Safe, slot);
        }

        private static void Set(Dictionary<string, object> names, Slot slot)
        {
            if (slot.Node is null) names.Remove(slot.Name);
            else names[slot.Name] = slot.Node;
        }
    }
}
