using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

/// <summary>What of a log was found damaged, each place once.</summary>
// Owner: one FileLog; any thread.
internal sealed class DamageReports(ILogger? logger, string stream)
{
    // Damage beyond this is logged, not listed.
    private const int MaxListed = 1000;

    private IReadOnlyList<LogDamage> _list = [];

    public IReadOnlyList<LogDamage> List => Volatile.Read(ref _list);

    public void Add(in LogDamage damage)
    {
        while (true)
        {
            IReadOnlyList<LogDamage> known = List;
            foreach (LogDamage one in known)
            {
                if (one.Place == damage.Place) return;
            }

            IReadOnlyList<LogDamage> more = known.Count < MaxListed ? [.. known, damage] : known;
            if (!ReferenceEquals(Interlocked.CompareExchange(ref _list, more, known), known)) continue;
            if (logger is not null && damage.Kind == DamageKind.TornEnd) DamageLog.Torn(logger, stream, damage.Place, damage.What);
            else if (logger is not null) DamageLog.Found(logger, stream, damage.Place, damage.What, damage.FirstSequence, damage.LastSequence);
            return;
        }
    }
}
