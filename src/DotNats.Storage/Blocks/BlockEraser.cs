namespace DotNats.Storage;

/// <summary>Overwrites messages in the records of a block, and makes the seals that vouch for them anew.</summary>
internal static class BlockEraser
{
    /// <summary>Erases messages, also those that were erased already.</summary>
    /// <param name="records">All of a block's.</param>
    /// <param name="erased">Gets what was overwritten.</param>
    /// <param name="seals">Gets the seals that were made anew: those that fitted before.</param>
    public static void Erase(Span<byte> records, HashSet<ulong> sequences, HighwayHash64 hash, List<Range> erased, List<Range> seals)
    {
        var scanner = new BlockScanner(records, hash);
        while (scanner.MoveNext())
        {
            if (scanner.Record.IsTombstone || !sequences.Contains(scanner.Record.Sequence)) continue;
            erased.Add(scanner.Offset..(scanner.Offset + scanner.Record.Bytes.Length));
        }

        var sealedParts = new List<Range>();
        FindSeals(records, hash, erased, sealedParts);
        foreach (Range record in erased)
        {
            BlockFormat.TryRead(records[record], out RecordView view);
            BlockFormat.Erase(records[record], view.Sequence, hash);
        }

        foreach (Range part in sealedParts)
        {
            int at = part.End.Value;
            BlockFormat.TryRead(records[at..], out RecordView old);
            SealFormat.Write(records[at..], records[part], SealFormat.EndsBatch(old), hash);
            seals.Add(at..(at + SealFormat.RecordBytes));
        }
    }

    // What sealed parts have something in them that is to be overwritten.
    private static void FindSeals(ReadOnlySpan<byte> records, HighwayHash64 hash, List<Range> erased, List<Range> parts)
    {
        int next = 0;
        for (int at = 0; next < erased.Count && BlockFormat.TryRead(records[at..], out RecordView record); at += record.Bytes.Length)
        {
            if (!record.IsSeal || !BlockFormat.IsSound(record, hash)) continue;
            int from = at - SealFormat.SealedBytes(record);
            int first = next;
            while (next < erased.Count && erased[next].End.Value <= at) next++;
            if (next > first && from >= 0 && erased[first].Start.Value >= from && SealFormat.IsSealOf(record, records[from..at], hash)) parts.Add(from..at);
        }
    }
}
