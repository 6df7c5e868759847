namespace DotNats.Storage;

/// <summary>Damage in what a machine wrote when its power went, perhaps: what was not safe was acknowledged to nobody.</summary>
/// <remarks>Where more was written behind its batch, the batch had been safe.</remarks>
// Lifetime: the reading of one block.
internal sealed class DoubtfulDamage(List<LogDamage> all)
{
    private int _from = all.Count;
    private int _batch;

    /// <summary>A scanner has come to a record behind so many batches; what was found damaged right before it is listed afterwards.</summary>
    public void Reach(int batch)
    {
        if (batch > _batch) _from = all.Count;
        _batch = batch;
    }

    /// <summary>Everything was read.</summary>
    public void Settle()
    {
        for (int i = _from; i < all.Count; i++)
        {
            if (all[i].FirstSequence > 0) all[i] = all[i] with { Kind = DamageKind.LastWrite };
        }
    }
}
