namespace DotNats.Storage;

/// <summary>How far the redo journal is what makes the bytes of one file safe.</summary>
// Owner: who writes the file, as its field. Lifetime: while it writes.
internal struct RedoCover
{
    private ulong _fill;
    private bool _isInNeed;

    /// <summary>All of it is in the redo journal, up to this fill.</summary>
    public void Add(ulong fill) => _fill = fill;

    /// <summary>The file is on the device, as far as it was told to be safe.</summary>
    public readonly bool IsOver(RedoJournal redo) => !_isInNeed && redo.IsSafe(_fill);

    /// <summary>Somebody else has synced the file.</summary>
    public void End()
    {
        if (!_isInNeed) _fill = 0;
    }

    /// <summary>Syncs the file, so that the journal is not needed for it. What a sync that failed may have lost is written again first.</summary>
    /// <exception cref="IOException">The disk refuses; the journal stays as long as it is needed.</exception>
    public void Sync(RedoJournal redo, IStorageFile file, string path)
    {
        if (_isInNeed)
        {
            redo.Restore(file, path);
            _isInNeed = false;
        }

        try
        {
            file.Sync();
            _fill = 0;
        }
        catch (IOException e) when (!redo.IsSafe(_fill))
        {
            _isInNeed = true;
            redo.Keep(e.Message);
            throw;
        }
    }
}
