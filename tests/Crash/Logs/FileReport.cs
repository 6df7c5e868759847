using System.Globalization;
using System.Text;
using Crash.Disk;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>What lies in the files of a log, for whoever looks for the cause of a failure.</summary>
internal static class FileReport
{
    public static IEnumerable<string> Lines(FaultyFiles files, string stream)
    {
        foreach ((string path, FileBytes bytes) in files.AllFiles())
        {
            var line = new StringBuilder($"{path}, {bytes.Length} bytes");
            if (path.EndsWith(".blk", StringComparison.Ordinal)) Add(line, bytes.Span.ToArray(), stream, uint.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture));
            yield return line.ToString();
        }
    }

    private static void Add(StringBuilder line, byte[] bytes, string stream, uint block)
    {
        HighwayHash64 hash = BlockFormat.HashOfBlock(stream, block);
        for (int at = 0; at < bytes.Length;)
        {
            if (!BlockFormat.TryRead(bytes.AsSpan(at), out RecordView record))
            {
                line.Append(CultureInfo.InvariantCulture, $" | {at}: no record");
                return;
            }

            string kind = record.IsSeal ? "seal" : record.IsTombstone ? "gone" : record.IsErased ? "nothing" : "message";
            string soundness = BlockFormat.IsSound(record, hash) ? "" : " UNSOUND";
            line.Append(CultureInfo.InvariantCulture, $" | {at}: {kind} {record.Sequence}{soundness}");
            at += record.Bytes.Length;
        }
    }
}
