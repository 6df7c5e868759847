using DotNats.Primitives;
using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Log lines into a file that is renamed to a backup when it has grown past its limit.</summary>
// Owner: whoever writes an entry, under the destination's lock; rotation happens there too.
// Lifetime: opened by Open; a rotation opens the next file before it lets go of the full one.
// Invariant: with a limit, the file is at most one entry longer than it.
public sealed class LogFile : LogDestination
{
    // The permissions nats-server gives its log file, before the umask: log lines may name users and subjects.
    private const UnixFileMode Permissions = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly string _path;
    private readonly LogLineFormat _format;
    private readonly long _limitBytes;
    private readonly int _maxFiles;
    private FileStream _file;
    private long _writtenBytes;
    private long _rotateAtBytes;

    private LogFile(string path, LogLineFormat format, long limitBytes, int maxFiles)
    {
        _path = path;
        _format = format;
        _limitBytes = limitBytes;
        _maxFiles = maxFiles;
        _rotateAtBytes = limitBytes > 0 ? limitBytes : long.MaxValue;
        _file = OpenFile(path);
        _writtenBytes = _file.CanSeek ? _file.Length : 0;
    }

    /// <summary>Opens <paramref name="path"/> for appending, or creates it.</summary>
    /// <param name="limitBytes">Size after which the file is rotated (<c>log_size_limit</c>); 0 for never.</param>
    /// <param name="maxFiles">Files kept, the current one included (<c>log_max_num</c>); 0 for all.</param>
    /// <exception cref="LogDestinationException">The file cannot be opened.</exception>
    public static LogFile Open(string path, LogLineFormat format, long limitBytes = 0, int maxFiles = 0)
    {
        try
        {
            LogFile file = new(path, format, limitBytes, maxFiles);
            if (file._writtenBytes > file._rotateAtBytes) file.WriteOwn(LogLevel.Information, "Rotating logfile...");
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogDestinationException($"error opening file: open {path}: {OsErrorText.Of(e, path)}", e);
        }
    }

    internal override void BeginEntry(ref LogEntryBuffer entry, LogLevel level) => _format.AppendHeader(ref entry, level);

    private protected override void WriteEntry(ReadOnlySpan<byte> entry)
    {
        Append(entry);
        if (_writtenBytes > _rotateAtBytes) Rotate();
    }

    private protected override void Close() => _file.Dispose();

    private static FileStream OpenFile(string path)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            // Others may read, move and truncate the file: that is how logrotate works.
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Permissions;
        return new FileStream(path, options);
    }

    private void Append(ReadOnlySpan<byte> entry)
    {
        try
        {
            // Always behind what is there now: somebody may have truncated the file in place.
            if (_file.CanSeek) _file.Position = _file.Length;
            _file.Write(entry);
            _writtenBytes += entry.Length;
        }
        catch (IOException)
        {
            // The disk is full or gone; entries are dropped until it is back.
        }
    }

    private void Rotate()
    {
        string backup = LogFileBackups.Name(_path, _format.Time.GetLocalNow().DateTime);
        try
        {
            // Somebody may have moved it already; then there is nothing to keep and a new file is due all the same.
            if (File.Exists(_path)) File.Move(_path, backup);
            FileStream next = OpenFile(_path);
            _file.Dispose();
            _file = next;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _rotateAtBytes *= 2;
            AppendOwn(LogLevel.Error,
                $"Unable to rotate logfile ({OsErrorText.Of(e, _path)}), will attempt next rotation at size {_rotateAtBytes}");
            return;
        }
        _writtenBytes = 0;
        _rotateAtBytes = _limitBytes;
        AppendOwn(LogLevel.Information, $"Rotated log, backup saved as {GoQuote.Quote(backup)}");
        if (_maxFiles > 0) LogFileBackups.Purge(_path, keep: _maxFiles - 1, AppendOwn);
    }

    private void WriteOwn(LogLevel level, string text)
    {
        LogEntryBuffer entry = new(stackalloc byte[256]);
        BeginEntry(ref entry, level);
        entry.Append(text);
        entry.EndLine();
        Write(entry.Written);
        entry.Dispose();
    }

    // Compat: nats-server ends the lines that tell of a rotation in CR LF.
    private void AppendOwn(LogLevel level, string text)
    {
        LogEntryBuffer entry = new(stackalloc byte[256]);
        BeginEntry(ref entry, level);
        entry.Append(text);
        entry.Append("\r\n"u8);
        Append(entry.Written);
        entry.Dispose();
    }
}
