using System.Globalization;

namespace DotNats.Storage;

/// <summary>Checks every record of the blocks of one stream.</summary>
// Lifetime: one check. Changes nothing.
internal sealed class BlockCheck(IStorageFiles files, string stream, string directory, StreamKeys? keys, Action<string, string> damage)
{
    private ulong _last;

    /// <summary>Some block is encrypted, and no key is known.</summary>
    public bool MetLocked { get; private set; }

    public string PathOf(uint number) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{number}.blk"));

    /// <summary>Returns how many records of messages a block has, also of deleted ones.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public ulong Run(uint number)
    {
        byte[] file = SafeFiles.ReadAll(files, PathOf(number)) ?? [];
        if (!TryDecrypt(number, file)) return 0;
        Span<byte> records = file;
        if (CompressedBlock.TryReadHead(file, out int length, out int head))
        {
            byte[] decoded = new byte[length];
            CompressedBlock.Decode(file, head, decoded);
            records = decoded;
        }

        return Scan(number, records);
    }

    private bool TryDecrypt(uint number, byte[] file)
    {
        string keyPath = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{number}.key"));
        if (SafeFiles.ReadAll(files, keyPath) is not { } keyFile) return true;
        if (keys is null)
        {
            MetLocked = true;
            return false;
        }

        if (keys.TryOpenBlockKey(number, keyFile, out BlockKey? key) == KeyStatus.Refused)
        {
            damage(keyPath, "damaged, or sealed with another key");
            return false;
        }

        key!.Apply(file, 0);
        return true;
    }

    private ulong Scan(uint number, Span<byte> records)
    {
        ulong messages = 0;
        var scanner = new BlockScanner(records, BlockFormat.HashOfBlock(stream, number));
        while (scanner.MoveNext())
        {
            if (scanner.RepairedAt >= 0) damage(PlaceOf(number, scanner.RepairedAt), "one bit is not as it was written; no message is lost");
            if (scanner.DamagedFrom < scanner.Offset) Report(number, scanner.DamagedFrom, scanner.Offset);
            RecordView record = scanner.Record;
            if (record.IsTombstone || record.IsErased || record.Sequence <= _last) continue;
            _last = record.Sequence;
            messages++;
        }

        if (scanner.RepairedAt >= 0) damage(PlaceOf(number, scanner.RepairedAt), "one bit is not as it was written; no message is lost");
        if (scanner.DamagedFrom < scanner.SoundEnd) Report(number, scanner.DamagedFrom, scanner.SoundEnd);
        if (scanner.SoundEnd < records.Length) Report(number, scanner.SoundEnd, records.Length);
        return messages;
    }

    private string PlaceOf(uint number, int at) => string.Create(CultureInfo.InvariantCulture, $"{PathOf(number)} at byte {at}");

    private void Report(uint number, int from, int to) => damage(
        PlaceOf(number, from),
        string.Create(CultureInfo.InvariantCulture, $"{to - from} bytes are no records, behind sequence {_last}"));
}
