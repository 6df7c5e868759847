using System.Globalization;
using DotNats.Primitives;
using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Names of rotated log files, <c>&lt;file&gt;.2026.11.22.20.48.15.123456789</c> in local time, and how the oldest go.</summary>
internal static class LogFileBackups
{
    private const string SecondFormat = "yyyy.MM.dd.HH.mm.ss";

    /// <summary>Name of the backup made of <paramref name="path"/> at <paramref name="time"/>. Names sort by age.</summary>
    public static string Name(string path, DateTime time)
    {
        long nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * 100;
        return string.Create(CultureInfo.InvariantCulture, $"{path}.{time.ToString(SecondFormat, CultureInfo.InvariantCulture)}.{nanoseconds:D9}");
    }

    /// <summary>Whether <paramref name="candidate"/> is a backup of the log file <paramref name="file"/>; both without directory.</summary>
    public static bool IsBackup(string file, string candidate)
    {
        if (!candidate.StartsWith(file, StringComparison.Ordinal) || candidate.Length == file.Length || candidate[file.Length] != '.') return false;
        ReadOnlySpan<char> stamp = candidate.AsSpan(file.Length + 1);
        if (stamp.Length < SecondFormat.Length) return false;
        ReadOnlySpan<char> fraction = stamp[SecondFormat.Length..];
        bool fractionFits = fraction.IsEmpty || (fraction is ['.', _, ..] && !fraction[1..].ContainsAnyExceptInRange('0', '9'));
        return fractionFits
            && DateTime.TryParseExact(stamp[..SecondFormat.Length], SecondFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    /// <summary>Deletes the oldest backups of <paramref name="path"/> until <paramref name="keep"/> are left.</summary>
    /// <param name="log">Is told what was purged and what could not be; the next rotation tries again.</param>
    public static void Purge(string path, int keep, Action<LogLevel, string> log)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string file = Path.GetFileName(path);
        List<string> backups = [];
        try
        {
            foreach (string found in Directory.EnumerateFiles(directory, file + ".*"))
            {
                string name = Path.GetFileName(found);
                if (IsBackup(file, name)) backups.Add(name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log(LogLevel.Error, $"Unable to read directory {GoQuote.Quote(directory)} for log purge ({OsErrorText.Of(e, directory)}), will attempt next rotation");
            return;
        }
        backups.Sort(StringComparer.Ordinal);
        for (int i = 0; i < backups.Count - keep; i++)
            if (!TryDelete(directory, backups[i], log)) return;
    }

    private static bool TryDelete(string directory, string backup, Action<LogLevel, string> log)
    {
        try
        {
            File.Delete(Path.Combine(directory, backup));
            log(LogLevel.Information, $"Purged log file {GoQuote.Quote(backup)}");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log(LogLevel.Error, $"Unable to remove backup log file {GoQuote.Quote(backup)} ({OsErrorText.Of(e, backup)}), will attempt next rotation");
            return false;
        }
    }
}
