using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public class SubjectTriePropertyTests
{
    private static readonly Gen<(string Filter, int Action)[]> Steps = Gen.Select(SubjectGen.Filter, Gen.Int[0, 99]).Array[0, 120];

    [Fact]
    public void Trie_finds_what_a_list_of_filters_finds() =>
        Gen.Select(Steps, SubjectGen.Subject.Array[10], Gen.ULong).Sample((steps, subjects, seed) =>
        {
            var trie = new SubjectTrie<Entry>(seed);
            List<Entry> model = Build(trie, steps);
            trie.Count.ShouldBe(model.Count);
            foreach (byte[] subject in subjects.Select(SubjectGen.Utf8))
            {
                Entry[] expected = [.. model.Where(e => Subjects.Matches(subject, e.Subject))];
                Sorted(Match(trie, subject)).ShouldBe(Sorted(expected));
                trie.HasMatch(subject).ShouldBe(expected.Length > 0);
            }
        });

    [Fact]
    public void Subjects_with_the_bytes_that_decided_and_as_many_tokens_match_alike() =>
        Gen.Select(Steps, SubjectGen.Subject, SubjectGen.Subject.Array[10], Gen.ULong).Sample((steps, subject, others, seed) =>
        {
            var trie = new SubjectTrie<Entry>(seed);
            List<Entry> model = Build(trie, steps);
            List<Entry> found = [];
            var sink = new ListSink(found);
            int decided = trie.Match(SubjectGen.Utf8(subject), ref sink);
            decided.ShouldBeLessThanOrEqualTo(subject.Length);
            (decided == 0 || decided == subject.Length || subject[decided] == '.').ShouldBeTrue();
            int tokens = decided == 0 ? 0 : subject[..decided].Split('.').Length;
            string[] own = subject.Split('.');
            foreach (string other in others)
            {
                string[] rest = other.Split('.');
                string like = string.Join('.', own.Select((token, i) => i < tokens ? token : rest[i % rest.Length]));
                Sorted(model.Where(e => Naive.Matches(like, e.ToString()))).ShouldBe(Sorted(found));
            }
        });

    [Fact]
    public void Trie_enumerates_and_overlaps_like_a_list() =>
        Gen.Select(Steps, SubjectGen.Filter.Array[10], Gen.ULong).Sample((steps, filters, seed) =>
        {
            var trie = new SubjectTrie<Entry>(seed);
            List<Entry> model = Build(trie, steps);
            List<Entry> all = [];
            var sink = new ListSink(all);
            trie.ForEach(ref sink);
            Sorted(all).ShouldBe(Sorted(model));
            foreach (byte[] filter in filters.Select(SubjectGen.Utf8))
            {
                List<Entry> found = [];
                var overlaps = new ListSink(found);
                trie.MatchOverlapping(filter, ref overlaps);
                Sorted(found).ShouldBe(Sorted(model.Where(e => Subjects.Overlaps(filter, e.Subject))));
            }
        });

    [Fact]
    public void Trie_stays_minimal_under_random_changes() =>
        Gen.Select(Steps, Gen.ULong).Sample((steps, seed) =>
        {
            var trie = new SubjectTrie<Entry>(seed);
            List<Entry> model = Build(trie, steps);
            TrieShape.ShouldBeSound(trie, model);
            foreach (Entry entry in model)
                trie.Remove(entry).ShouldBeTrue();
            TrieShape.Root(trie).PlaceCount.ShouldBe(0);
        });

    [Fact]
    public void Matching_agrees_with_a_token_by_token_reading() =>
        Gen.Select(SubjectGen.Subject, SubjectGen.Filter).Sample((subject, filter) =>
            Subjects.Matches(SubjectGen.Utf8(subject), SubjectGen.Utf8(filter)).ShouldBe(Naive.Matches(subject, filter)));

    [Fact]
    public void Subset_and_overlap_agree_with_the_subjects_themselves() =>
        Gen.Select(SubjectGen.Filter, SubjectGen.Filter, SubjectGen.Subject).Sample((a, b, subject) =>
        {
            bool inA = Naive.Matches(subject, a);
            bool inB = Naive.Matches(subject, b);
            if (inA && inB)
                Subjects.Overlaps(SubjectGen.Utf8(a), SubjectGen.Utf8(b)).ShouldBeTrue();
            if (inA && !inB)
                Subjects.IsSubsetMatch(SubjectGen.Utf8(a), SubjectGen.Utf8(b)).ShouldBeFalse();
        });

    private static List<Entry> Build(SubjectTrie<Entry> trie, (string Filter, int Action)[] steps)
    {
        List<Entry> model = [];
        foreach ((string filter, int action) in steps)
        {
            if (action < 40 && model.Count > 0)
            {
                Entry removed = model[action % model.Count];
                trie.Remove(removed).ShouldBeTrue();
                trie.Remove(removed).ShouldBeFalse();
                model.Remove(removed);
                continue;
            }
            var added = new Entry(filter);
            trie.Add(added);
            model.Add(added);
        }
        return model;
    }

    private static List<Entry> Match(SubjectTrie<Entry> trie, byte[] subject)
    {
        List<Entry> found = [];
        var sink = new ListSink(found);
        trie.Match(subject, ref sink);
        return found;
    }

    private static List<string> Sorted(IEnumerable<Entry> entries) => [.. entries.Select(e => e.ToString()).Order(StringComparer.Ordinal)];

    private static class Naive
    {
        public static bool Matches(string subject, string filter)
        {
            string[] s = subject.Split('.');
            string[] f = filter.Split('.');
            for (int i = 0; i < f.Length; i++)
            {
                if (i >= s.Length)
                    return false;
                if (f[i] == ">")
                    return true;
                if (f[i] != "*" && f[i] != s[i])
                    return false;
            }
            return s.Length == f.Length;
        }
    }
}
