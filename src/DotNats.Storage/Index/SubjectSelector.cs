using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>Finds which subjects of an index filters match, as a set of their numbers. Made once, used again and again.</summary>
// Owner: its index. A set that was handed out is the taker's.
internal sealed class SubjectSelector(SubjectIndex index)
{
    private readonly SubjectSweep _sweep = new(index.Tree);

    /// <summary>The subjects that one of the filters matches; all without filters.</summary>
    public SubjectSet Select(in MessageFilter filter)
    {
        var found = new SubjectSet(index.Numbers);
        if (filter.Count == 0) Add(default, found);
        for (int i = 0; i < filter.Count && found.Count < index.Count; i++) Add(filter[i], found);
        return found;
    }

    /// <summary>Finds some message before a sequence among the first of each subject that a filter matches; false also where there is too much to look at.</summary>
    public bool TryFindEarly(ReadOnlySpan<byte> filter, ulong before, out ulong first)
    {
        _sweep.Start(filter, index.FewVisits);
        while (_sweep.MoveNext())
        {
            ref SubjectEntry entry = ref index.Tree.Entry(_sweep.Number);
            first = entry.First;
            if (!entry.IsFirstStale && first < before) return true;
        }

        first = 0;

        return false;
    }

    private void Add(ReadOnlySpan<byte> filter, SubjectSet found)
    {
        if (!filter.IsEmpty && !Subjects.HasWildcards(filter))
        {
            if (index.TryGetNumber(filter, out uint number) && !index.Tree.Entry(number).IsIrregular) found.Add(number);
            return;
        }

        SubjectColumns? columns = index.Columns;
        if (columns is not null && TryAddAll(filter, columns, found)) return;
        if (AddVisited(filter, columns is null ? int.MaxValue : index.FewVisits, found)) return;
        if (!columns!.TryMatch(filter, found)) AddVisited(filter, int.MaxValue, found);
    }

    // What ends with an open wildcard is often all there is.
    private bool TryAddAll(ReadOnlySpan<byte> filter, SubjectColumns columns, SubjectSet found) =>
        (filter.IsEmpty || filter is [(byte)'>']) && !index.HasIrregular && columns.TryMatch(">"u8, found);

    // False where there is too much to look at.
    private bool AddVisited(ReadOnlySpan<byte> filter, int most, SubjectSet found)
    {
        _sweep.Start(filter, most);
        while (_sweep.MoveNext()) found.Add(_sweep.Number);
        return !_sweep.IsSpent;
    }
}
