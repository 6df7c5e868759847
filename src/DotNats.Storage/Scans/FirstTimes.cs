namespace DotNats.Storage;

/// <summary>Looks up when the first message of a log was stored, and the first that age removes.</summary>
// Owner: one FileLogWriter, under its log's gate.
internal sealed class FirstTimes(LogContents contents)
{
    private bool IsFirstMissing => contents.FirstTime == 0 && contents.Messages > 0;

    private bool IsAgingMissing => contents.AgingTime == 0 && contents.AgingSequence != 0;

    /// <summary>Takes those that are missing from records that lie in memory.</summary>
    public void Take(in RecordRun run)
    {
        if (contents.FirstTime == 0 && run.Index.Find(contents.FirstSequence) is >= 0 and var first) contents.FirstTime = run.At(first).Timestamp;
        if (IsAgingMissing && run.Index.Find(contents.AgingSequence) is >= 0 and var aging) contents.AgingTime = run.At(aging).Timestamp;
    }

    /// <summary>Takes those that are missing from wherever they are; false where a block has to be loaded first.</summary>
    public bool TryFind(ref Scan scan)
    {
        while (IsFirstMissing || IsAgingMissing)
        {
            ulong sequence = contents.FirstTime == 0 ? contents.FirstSequence : contents.AgingSequence;
            Block block = contents.Blocks.Holder(sequence)!;
            if (contents.TryOpen(block, sequence, out RecordRun run))
            {
                using (run) Take(run);
            }
            else if (!ReferenceEquals(scan.Unreadable, block))
            {
                scan.Miss(block, contents.LoadableBytes(block));
                return false;
            }

            // Its record is damaged: it is not younger than its block.
            if (contents.FirstTime == 0) contents.FirstTime = block.LastTime;
            if (contents.AgingTime == 0 && contents.AgingSequence == sequence) contents.AgingTime = block.LastTime;
        }

        return true;
    }
}
