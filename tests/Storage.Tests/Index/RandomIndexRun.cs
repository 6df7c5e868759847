using System.Text;
using DotNats.Primitives;
using DotNats.Storage;
using Shouldly;

namespace Storage.Tests.Index;

/// <summary>Does the same at random to an index and to a dictionary of lists, and compares all that can be asked.</summary>
internal sealed class RandomIndexRun(Random random, byte[][] subjects)
{
    private readonly SubjectIndex _index = new();
    private readonly Dictionary<string, List<ulong>> _model = new(StringComparer.Ordinal);
    private ulong _last;

    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            byte[] subject = subjects[random.Next(subjects.Length)];
            if (random.Next(3) < 2) Add(subject);
            else Remove(subject);
        }

        foreach (byte[] subject in subjects) CompareOne(subject);
        foreach (byte[] filter in Filters()) CompareFilter(filter);
        foreach (string key in _model.Keys.ToArray())
        {
            _index.Remove(Encoding.Latin1.GetBytes(key)).ShouldBeTrue();
            _model.Remove(key);
            _index.Count.ShouldBe(_model.Count);
        }

        _index.HeldBytes.ShouldBe(0);
    }

    private void Add(byte[] subject)
    {
        string key = Encoding.Latin1.GetString(subject);
        _index.Add(subject, ++_last);
        if (!_model.TryGetValue(key, out List<ulong>? list)) _model[key] = list = [];
        list.Add(_last);
    }

    private void Remove(byte[] subject)
    {
        string key = Encoding.Latin1.GetString(subject);
        if (!_model.TryGetValue(key, out List<ulong>? list))
        {
            _index.Remove(subject, 1).Count.ShouldBe(0UL);
            return;
        }

        ulong removed = list[random.Next(list.Count)];
        list.Remove(removed);
        if (list.Count == 0) _model.Remove(key);
        _index.Remove(subject, removed).Count.ShouldBe((ulong)list.Count);
        if (list.Count > 0) Correct(subject, list);
    }

    // What a log does when it has looked.
    private void Correct(byte[] subject, List<ulong> list)
    {
        _index.TryGet(subject, out SubjectEntry entry).ShouldBeTrue();
        entry.First.ShouldBeLessThanOrEqualTo(list[0]);
        entry.Last.ShouldBeGreaterThanOrEqualTo(list[^1]);
        if (entry.IsFirstStale) _index.SetFirst(subject, list[0]);
        if (entry.IsLastStale) _index.SetLast(subject, list[^1]);
    }

    private void CompareOne(byte[] subject)
    {
        _index.TryGet(subject, out SubjectEntry entry).ShouldBe(_model.TryGetValue(Encoding.Latin1.GetString(subject), out List<ulong>? list));
        if (list is not null) (entry.Count, entry.First, entry.Last).ShouldBe(((ulong)list.Count, list[0], list[^1]));
    }

    private void CompareFilter(byte[] filter)
    {
        string[] expected = [.. _model.Keys.Where(key => filter.Length == 0 || Subjects.Matches(Encoding.Latin1.GetBytes(key), filter)).Order(StringComparer.Ordinal)];
        var walk = new SubjectWalk(_index);
        walk.Start(filter);
        Rest(walk).ShouldBe(expected);
        _index.CountMatches(filter).ShouldBe(expected.Length);
        CompareSum(filter, expected);
        ulong above = _last / 2;
        walk.Start(filter, above);
        Rest(walk).ShouldBe(expected.Where(key => _model[key][^1] > above));
        foreach (string left in _model.Keys.Take(5).Append("a").Append("orders.b.5"))
        {
            walk.Resume(filter, Encoding.Latin1.GetBytes(left));
            Rest(walk).ShouldBe(expected.Where(key => string.CompareOrdinal(key, left) > 0));
        }

        walk.FindLast(filter).ShouldBe(expected.Length > 0);
        if (expected.Length == 0) return;
        walk.Entry.Last.ShouldBe(expected.Max(key => _model[key][^1]));
        Encoding.Latin1.GetString(walk.Subject).ShouldBe(expected.MaxBy(key => _model[key][^1]));
    }

    private void CompareSum(byte[] filter, string[] expected)
    {
        using SubjectSet found = _index.Select(new MessageFilter(filter));
        found.Count.ShouldBe(expected.Length);
        var sum = new SubjectSum(_index, found);
        ulong first = expected.Length == 0 ? ulong.MaxValue : expected.Min(key => _model[key][0]);
        ulong last = expected.Length == 0 ? 0 : expected.Max(key => _model[key][^1]);
        (sum.Messages, sum.First, sum.Last).ShouldBe(((ulong)expected.Sum(key => _model[key].Count), first, last));
    }

    private List<string> Rest(SubjectWalk walk)
    {
        var found = new List<string>();
        while (walk.MoveNext())
        {
            found.Add(Encoding.Latin1.GetString(walk.Subject));
            walk.Entry.Count.ShouldBe((ulong)_model[found[^1]].Count);
        }

        return found;
    }

    /// <summary>Valid filters that are near the subjects.</summary>
    private IEnumerable<byte[]> Filters()
    {
        yield return [];
        yield return ">"u8.ToArray();
        for (int i = 0; i < 12; i++)
        {
            string[] tokens = Encoding.Latin1.GetString(subjects[random.Next(subjects.Length)]).Split('.');
            for (int changes = random.Next(3); changes > 0; changes--) tokens[random.Next(tokens.Length)] = random.Next(4) == 0 ? "b" : "*";
            if (random.Next(3) == 0) tokens[^1] = ">";
            byte[] filter = Encoding.Latin1.GetBytes(string.Join('.', tokens));
            if (Subjects.IsWellFormedFilter(filter)) yield return filter;
        }
    }
}
