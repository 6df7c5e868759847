namespace DotNats.Storage;

/// <summary>What the blocks of a log remember of their messages' subjects, as far as there is room for it.</summary>
// Owner: one LogContents, under the log's gate.
internal sealed class LogNumbers(NumbersRoom room)
{
    private int _order;

    /// <summary>Subjects may have other numbers than before: what blocks remember is forgotten then.</summary>
    public void Follow(LogContents contents)
    {
        if (contents.Subjects.Numbering == _order) return;
        _order = contents.Subjects.Numbering;
        for (int i = 0; i < contents.Blocks.Count; i++) room.Put(contents.Blocks[i], null);
        contents.Active?.Index.StopNumbering();
    }

    /// <summary>A block's messages may be given the numbers of their subjects, from records that were loaded.</summary>
    // Of lost messages nobody knows the subject.
    public bool Wants(Block block, RecordIndex loaded) =>
        room.HasRoom && !block.IsGone && !block.IsDamageCounted && loaded.Numbers.IsEmpty && SubjectNumbers.IsWorthIt(loaded) &&
        (block.Numbers is not { } known || loaded.FirstSequence < known.First || loaded.LastSequence > known.Last);

    /// <summary>Gives a block other numbers, or none.</summary>
    public void Put(Block block, SubjectNumbers? known) => room.Put(block, known);

    /// <summary>What goes out of memory is remembered, behind what is known of the same block already.</summary>
    public void Keep(ActiveBlock active)
    {
        if (!room.HasRoom || active.Index.Count == 0 || active.Index.Numbers.Length < active.Index.Count) return;
        SubjectNumbers? before = active.Start == 0 ? null : active.Block.Numbers;
        if (before is null || before.Last + 1 == active.Index.FirstSequence) room.Put(active.Block, SubjectNumbers.Of(before, active.Index, active.Index.Numbers));
    }

    /// <summary>Looks up some more of a block that was read; false where that is done.</summary>
    public static bool Step(Block block, BlockContent content, BlockNumbering numbering)
    {
        if (content.Version != block.Version) return false;
        content.Hold();
        using var run = new RecordRun(block, content, 0, block.LastSequence);
        numbering.Step(run);
        return !numbering.IsDone;
    }
}
