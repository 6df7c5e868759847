using System.Security.Cryptography;

namespace DotNats.Storage;

/// <summary>The file of a journal and the state's own beside it.</summary>
/// <remarks>
/// Its first frame is the state it goes on from, so that it can be read by itself; the file of the state is there for nats-server, and is put in place after it. Which of
/// them counts is told by hashes: <see cref="JournalHead"/>.
/// </remarks>
// Owner: whoever opens the journal, then whoever has the turn. Lifetime: the open file is closed when it is idle.
internal sealed class JournalFile(ConsumerDirectory directory)
{
    private JournalFormat? _format;
    private IStorageFile? _file;
    private MetaKey? _key;
    private bool _knowsKey;
    private JournalHead _head;
    private ulong _stateHash;
    private long _length;
    private bool _hasNewName;

    private RedoCover _cover;
    private ulong _fill;
    private byte[]? _redoName;
    private bool _isTorn;
    private volatile bool _isDoubtful;

    /// <summary>Something was written that is not synced.</summary>
    public bool IsDirty { get; private set; }

    // Made anew for whoever uses the journal again, as its path is: most consumers are idle.
    private JournalFormat Format => _format ??= new JournalFormat(directory.AssetName);

    // Null where nothing is encrypted.
    private MetaKey? Key
    {
        get
        {
            if (!_knowsKey) _key = directory.Assets is { HasKeys: true } assets ? assets.Key() : null;
            _knowsKey = true;
            return _key;
        }
    }

    private string FilePath => Path.Combine(directory.Path, JournalFormat.FileName);

    /// <summary>Of the state that is in its file.</summary>
    public ulong StateHash => _stateHash;

    public bool IsOpen => _file is not null;

    /// <summary>A sync found no room for what was written: nobody knows what of it is there, and only a whole state can follow. Any thread.</summary>
    public bool IsDoubtful => _isDoubtful;

    public long Length => Volatile.Read(ref _length);

    /// <summary>Reads what was kept; what cannot be read is put aside and named.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public JournalContent Read()
    {
        JournalContent content = ReadKept();
        _format = null;
        return content;
    }

    /// <summary>Goes on with a journal that was never written, beside a state that is in its file.</summary>
    public void Resume(ulong stateHash) => _stateHash = stateHash;

    /// <summary>Keeps the first state of all.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Begin(ReadOnlySpan<byte> state)
    {
        directory.WriteFirstState(state);
        _stateHash = Format.HashOf(state);
        _format = null;
    }

    /// <summary>Writes a batch. Throws <see cref="IOException"/>; where the disk was full it can be written again, with more behind it.</summary>
    /// <param name="redo">Gets what is added; null where nobody wants it.</param>
    public void Write(JournalBatch batch, RedoBatch? redo)
    {
        if (IsDirty) redo?.Spoil();
        if (batch.State is not null) Replace(batch);
        else if (batch.ChangeBytes > 0) Append(batch, redo);
    }

    /// <summary>Makes everything written safe.</summary>
    public void Sync()
    {
        if (!IsDirty) return;
        RefuseWhereDoubtful();
        try
        {
            _cover.Sync(directory.Redo, Open(), FilePath);
        }
        catch (DiskFullException)
        {
            _isDoubtful = true;
            throw;
        }

        if (_hasNewName) directory.Files.SyncDirectory(directory.Path);
        _hasNewName = IsDirty = false;
    }

    /// <summary>Somebody else made everything written safe, names too.</summary>
    public void IsSafe(SyncMark mark)
    {
        IsDirty = false;
        if (mark.IsInRedo)
        {
            _cover.Add(mark.Fill);
            if (_fill != mark.Fill) directory.Redo.Note(_fill = mark.Fill, directory.Path);
            return;
        }

        _cover.End();
        _hasNewName = false;
    }

    public void Close()
    {
        _file?.Dispose();
        (_file, _format, _redoName) = (null, null, null);
    }

    /// <summary>Puts a file out of the way that makes no sense.</summary>
    public void SetAside(string name) => directory.SetAside(name);

    private JournalContent ReadKept()
    {
        // What is not under the key that is in place is put there first.
        _ = Key;
        string? damage = null;
        byte[]? state = ReadState(ref damage);
        _stateHash = Format.HashOf(state);
        SettleJournal(ref damage);
        if (SafeFiles.ReadAll(directory.Files, FilePath) is not { Length: > 0 } bytes) return new JournalContent(state, [], null, damage);
        if (Format.TryReadHead(bytes, out _head, out _)) return ReadFrames(bytes, state, damage);
        SetAside(JournalFormat.FileName);
        return new JournalContent(state, [], null, damage ?? $"{FilePath} has no readable head");
    }

    private byte[]? ReadState(ref string? damage)
    {
        try
        {
            return directory.Assets.ReadOther();
        }
        catch (SealBrokenException e)
        {
            damage = e.Message;
            SetAside(ConsumerDirectory.StateName);
            return null;
        }
    }

    private void SettleJournal(ref string? damage)
    {
        try
        {
            directory.Assets.Settle(new SealedJournal(directory.AssetName));
        }
        catch (SealBrokenException e)
        {
            damage ??= e.Message;
            SetAside(JournalFormat.FileName);
        }
    }

    private JournalContent ReadFrames(byte[] bytes, byte[]? state, string? damage)
    {
        int place = JournalFormat.HeadBytes;
        if (!TryReadPayload(bytes, ref place, out ReadOnlySpan<byte> payload))
        {
            SetAside(JournalFormat.FileName);
            return new JournalContent(state, [], null, damage ?? Place(place));
        }

        byte[] own = payload.ToArray();
        using var changes = new MemoryStream();
        while (TryReadPayload(bytes, ref place, out payload)) changes.Write(payload);
        if (place < bytes.Length) damage ??= Place(place);
        // What a killed process wrote is made safe with the next sync.
        (_length, _isTorn, _hasNewName, IsDirty) = (place, place < bytes.Length, true, true);
        bool isKnown = state is null || _stateHash == _head.StateHash || _stateHash == _head.FormerHash;
        return new JournalContent(own.Length > 0 ? own : null, changes.ToArray(), isKnown ? null : state, damage);
    }

    private bool TryReadPayload(ReadOnlySpan<byte> file, ref int place, out ReadOnlySpan<byte> payload)
    {
        if (!Format.TryReadFrame(file, place, _head.Generation, out payload)) return false;
        int next = place + JournalFormat.FrameHeadBytes + payload.Length;
        if (Key is not null)
        {
            if (!Key.TryOpen(payload, out byte[]? opened)) return false;
            payload = opened;
        }

        place = next;
        return true;
    }

    private void Append(JournalBatch batch, RedoBatch? redo)
    {
        RefuseWhereDoubtful();
        if (_length == 0) Start();
        byte[]? sealedFrame = Key is null ? null : MakeFrame(Key.Seal(batch.Changes));
        Span<byte> frame = sealedFrame ?? batch.Frame;
        Format.WriteFrameHead(frame, _head.Generation, _length);
        IStorageFile file = Open();
        IsDirty = true;
        file.Write(frame, _length);
        redo?.Add(_redoName ??= directory.Redo.NameOf(FilePath), _length, frame);
        Volatile.Write(ref _length, _length + frame.Length);
    }

    // From its first moment on it is whole: a head that cannot be read is damage and no torn beginning.
    private void Start()
    {
        var head = new JournalHead(NewGeneration(), _stateHash, _stateHash);
        Replace(head, MakeJournal(head, directory.Assets.ReadOther(), default));
    }

    // The journal first: it is whole by itself, and knows of both states which may be in place.
    private void Replace(JournalBatch batch)
    {
        byte[] state = batch.State!;
        var head = new JournalHead(NewGeneration(), Format.HashOf(state), _stateHash);
        Replace(head, MakeJournal(head, state, batch.Changes));
        directory.Assets.WriteOther(state);
        _stateHash = head.StateHash;
    }

    private void Replace(in JournalHead head, byte[] journal)
    {
        LeaveRedo();
        Close();
        SafeFiles.Replace(directory.Files, FilePath, journal);
        (_head, _isTorn, _hasNewName, IsDirty, _isDoubtful) = (head, false, false, false, false);
        Volatile.Write(ref _length, journal.Length);
    }

    // What the redo journal has of this one is made safe where it belongs, and does not count any more.
    private void LeaveRedo()
    {
        if (!_cover.IsOver(directory.Redo)) _cover.Sync(directory.Redo, Open(), FilePath);
        directory.Redo.Forget(directory.Path);
        _fill = 0;
    }

    private void RefuseWhereDoubtful()
    {
        if (_isDoubtful) throw new DiskFullException(FilePath);
    }

    private byte[] MakeJournal(in JournalHead head, ReadOnlySpan<byte> state, ReadOnlySpan<byte> changes)
    {
        var journal = new JournalCopy(Format, head, Key is not null);
        journal.Add(Key is null ? state : Key.Seal(state));
        if (!changes.IsEmpty) journal.Add(Key is null ? changes : Key.Seal(changes));
        return journal.ToArray();
    }

    private static byte[] MakeFrame(ReadOnlySpan<byte> stored)
    {
        byte[] frame = new byte[JournalFormat.FrameHeadBytes + stored.Length];
        stored.CopyTo(frame.AsSpan(JournalFormat.FrameHeadBytes));
        return frame;
    }

    private IStorageFile Open()
    {
        IStorageFile file = _file ??= directory.Files.Open(FilePath, create: false);
        if (!_isTorn) return file;
        file.SetLength(_length);
        _isTorn = false;
        return file;
    }

    // The end of what was not synced when the power went looks the same as damage.
    private string Place(int place) => string.Create(null, $"{FilePath} cannot be read from byte {place} on");

    private static ulong NewGeneration()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
