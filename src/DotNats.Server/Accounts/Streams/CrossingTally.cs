namespace DotNats.Server.Accounts;

/// <summary>What stream imports have delivered since the last flush, by the accounts between which it went.</summary>
// Owner: a delivery context, so nothing is shared while messages pass. Lifetime: the context's. Next stop: the accounts' SharedTraffic.
internal sealed class CrossingTally
{
    // More pairs at once than one batch of messages mostly has; with still more the counters of the accounts are touched more often.
    private const int MaxPairs = 8;

    private readonly Pair[] _pairs = new Pair[MaxPairs];
    private int _count;

    public bool Any => _count > 0;

    public void Count(Account exporter, Account importer, int bytes)
    {
        for (int i = 0; i < _count; i++)
        {
            ref Pair known = ref _pairs[i];
            if (!ReferenceEquals(known.Importer, importer) || !ReferenceEquals(known.Exporter, exporter)) continue;
            known.Messages++;
            known.Bytes += bytes;
            return;
        }

        if (_count == MaxPairs) Flush();
        _pairs[_count++] = new Pair { Exporter = exporter, Importer = importer, Messages = 1, Bytes = bytes };
    }

    /// <summary>Adds it all to the accounts' counters.</summary>
    public void Flush()
    {
        Span<Pair> pairs = _pairs.AsSpan(0, _count);
        foreach (ref Pair pair in pairs)
        {
            pair.Exporter.SharedTraffic.Add(0, 0, pair.Messages, pair.Bytes);
            pair.Importer.SharedTraffic.Add(pair.Messages, pair.Bytes, 0, 0);
        }

        pairs.Clear();
        _count = 0;
    }

    private struct Pair
    {
        public Account Exporter;
        public Account Importer;
        public long Messages;
        public long Bytes;
    }
}
