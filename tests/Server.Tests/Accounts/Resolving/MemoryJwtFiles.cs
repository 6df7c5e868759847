using DotNats.Server.Accounts.Resolving;

namespace Server.Tests.Accounts.Resolving;

/// <summary>Files of a disk that does not exist, and fails when told to.</summary>
internal sealed class MemoryJwtFiles : IJwtFiles
{
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>What writing, renaming and deleting say; null when they work.</summary>
    public string? Failure { get; set; }

    public IReadOnlyList<JwtFile> List() =>
        [.. Files.Where(file => file.Key.EndsWith(".jwt", StringComparison.Ordinal)).Select(file => new JwtFile(file.Key, file.Value.Length))];

    public byte[]? Read(string name, int maxBytes) => Files.GetValueOrDefault(name) is { } contents ? contents[..Math.Min(contents.Length, maxBytes + 1)] : null;

    public void Write(string name, ReadOnlySpan<byte> contents)
    {
        FailIfTold();
        Files[name] = contents.ToArray();
    }

    public bool Rename(string name, string newName)
    {
        FailIfTold();
        if (!Files.Remove(name, out byte[]? contents)) return false;
        Files[newName] = contents;
        return true;
    }

    public bool Delete(string name)
    {
        FailIfTold();
        return Files.Remove(name);
    }

    private void FailIfTold()
    {
        if (Failure is not null) throw new IOException(Failure);
    }
}
