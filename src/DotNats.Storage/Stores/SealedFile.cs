namespace DotNats.Storage;

/// <summary>A file of an asset that lies under the asset's key where it is encrypted.</summary>
internal abstract class SealedFile(string name)
{
    public string Name => name;

    /// <summary>What is in a file; null where it does not lie under this key.</summary>
    /// <param name="key">Null where nothing is encrypted.</param>
    public abstract byte[]? TryOpen(MetaKey? key, byte[] file);

    /// <summary>The file of a content.</summary>
    public abstract byte[] Seal(MetaKey key, byte[] content);
}

/// <summary>A file that is sealed as a whole.</summary>
internal sealed class SealedState(string name) : SealedFile(name)
{
    public override byte[]? TryOpen(MetaKey? key, byte[] file)
    {
        if (key is null) return file;
        return key.TryOpen(file, out byte[]? content) ? content : null;
    }

    public override byte[] Seal(MetaKey key, byte[] content) => key.Seal(content);
}

/// <summary>A journal, whose frames are sealed one by one. What is behind the last whole frame does not count.</summary>
internal sealed class SealedJournal(string assetName) : SealedFile(JournalFormat.FileName)
{
    // The content is a journal that is not sealed. One without a readable head has none, under any key.
    public override byte[]? TryOpen(MetaKey? key, byte[] file)
    {
        var format = new JournalFormat(assetName);
        if (!format.TryReadHead(file, out JournalHead head, out bool isSealed)) return [];
        if (isSealed != key is not null) return null;
        var content = new JournalCopy(format, head, isSealed: false);
        for (int place = JournalFormat.HeadBytes; format.TryReadFrame(file, place, head.Generation, out ReadOnlySpan<byte> payload); place += JournalFormat.FrameHeadBytes + payload.Length)
        {
            byte[]? opened = null;
            if (key is not null && !key.TryOpen(payload, out opened)) return place == JournalFormat.HeadBytes ? null : content.ToArray();
            content.Add(opened ?? payload);
        }

        return content.ToArray();
    }

    public override byte[] Seal(MetaKey key, byte[] content)
    {
        var format = new JournalFormat(assetName);
        if (!format.TryReadHead(content, out JournalHead head, out _)) return [];
        var target = new JournalCopy(format, head, isSealed: true);
        for (int place = JournalFormat.HeadBytes; format.TryReadFrame(content, place, head.Generation, out ReadOnlySpan<byte> payload); place += JournalFormat.FrameHeadBytes + payload.Length)
            target.Add(key.Seal(payload));
        return target.ToArray();
    }
}

/// <summary>A file was changed that was sealed with a key, or was sealed with another one.</summary>
internal sealed class SealBrokenException(string path) : IOException($"{path} cannot be opened with its key");
