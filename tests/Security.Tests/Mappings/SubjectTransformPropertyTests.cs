using System.Text;
using CsCheck;
using DotNats.Primitives;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Mappings;

public class SubjectTransformPropertyTests
{
    private static readonly Gen<string> Word = OneOf("a", "b", "foo", "a-b", "-x", "--y", "z-", "12345678", "-");

    private static readonly Gen<(string Name, int[] Numbers, string Delimiter)> Call = Gen.OneOf(
        Word.Select(word => (word, Array.Empty<int>(), "")),
        Gen.Int[1, 3].Select(place => ("wildcard", new[] { place }, "")),
        Gen.Select(
            OneOf("left", "right", "splitFromLeft", "splitFromRight", "sliceFromLeft", "sliceFromRight"), Gen.Int[1, 3], Gen.Int[-1, 9],
            (name, place, number) => (name, new[] { place, number }, "")),
        Gen.Select(Gen.Int[1, 3], OneOf("-", "--", "b", "34"), (place, delimiter) => ("split", new[] { place }, delimiter)),
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 3].Array[0, 3], (count, places) => ("partition", (int[])[count, .. places], "")));

    // Three wildcards among words, perhaps with a rest.
    private static readonly Gen<(string Source, string Subject)> Source = Gen.Select(
        Gen.Select(Word, Word, Word, Word), Gen.Select(Word, Word, Word), Gen.Bool, Word.Array[1, 3],
        (words, values, full, rest) =>
        {
            string source = $"{words.Item1}.*.{words.Item2}.*.{words.Item3}.*.{words.Item4}";
            string subject = $"{words.Item1}.{values.Item1}.{words.Item2}.{values.Item2}.{words.Item3}.{values.Item3}.{words.Item4}";
            return full ? (source + ".>", $"{subject}.{string.Join('.', rest)}") : (source, subject);
        });

    [Fact]
    public void Every_function_does_what_its_twin_does() =>
        Gen.Select(Source, Call.Array[1, 6]).Sample((source, calls) =>
        {
            (string Name, int[] Numbers, string Delimiter)[] all = source.Source.EndsWith('>') ? [.. calls, (">", [], "")] : calls;
            string destination = string.Join('.', all.Select(Text));
            SubjectTransform.TryCreate(source.Source, destination, strict: false, out SubjectTransform? transform, out string? error).ShouldBeTrue(error);
            byte[] subject = Encoding.UTF8.GetBytes(source.Subject);
            byte[] room = new byte[transform!.MaxLength(subject.Length)];
            transform.TryApply(subject, room, new SpreadRandom(1), out int written).ShouldBeTrue();
            Encoding.UTF8.GetString(room, 0, written).ShouldBe(NaiveTransform.Apply(source.Source, all, source.Subject), $"{transform} of {source.Subject}");
        });

    [Fact]
    public void Any_reversible_transform_can_be_undone() =>
        Gen.Select(Source, Gen.Shuffle(new[] { 1, 2, 3 }), Word).Sample((source, order, word) =>
        {
            string destination = string.Join('.', order.Select(place => $"{word}.${place}")) + (source.Source.EndsWith('>') ? ".>" : "");
            SubjectTransform.TryCreate(source.Source, destination, strict: true, out SubjectTransform? transform, out string? error).ShouldBeTrue(error);
            byte[] subject = Encoding.UTF8.GetBytes(source.Subject);
            byte[] there = new byte[transform!.MaxLength(subject.Length)];
            transform.TryApply(subject, there, new SpreadRandom(1), out int length).ShouldBeTrue();
            SubjectTransform back = transform.Invert().ShouldNotBeNull();
            byte[] again = new byte[back.MaxLength(length)];
            back.TryApply(there.AsSpan(0, length), again, new SpreadRandom(1), out int written).ShouldBeTrue();
            Encoding.UTF8.GetString(again, 0, written).ShouldBe(source.Subject);
        });

    [Fact]
    public void Any_text_is_taken_or_refused_and_applying_it_never_throws() =>
        Gen.Select(Gen.String, OneOf("a.*", "a", "a.>", "*.*", ""), OneOf("a.b", "", ".", "a", "x.y.z", ">")).Sample((text, source, subject) =>
        {
            foreach (string destination in (string[])[text, $"{{{{{text}}}}}", $"x.{{{{split(1,{text})}}}}", $"${text}.>"])
            {
                if (!SubjectTransform.TryCreate(source, destination, strict: false, out SubjectTransform? transform, out _) || transform is null)
                    continue;
                byte[] bytes = Encoding.UTF8.GetBytes(subject);
                transform.TryApply(bytes, new byte[transform.MaxLength(bytes.Length)], new SpreadRandom(1), out _).ShouldBeTrue();
            }
        });

    private static Gen<string> OneOf(params string[] values) => Gen.OneOf(values.Select(Gen.Const).ToArray());

    private static string Text((string Name, int[] Numbers, string Delimiter) call) => call.Name switch
    {
        "wildcard" => $"${call.Numbers[0]}",
        "split" => $"{{{{split({call.Numbers[0]},{call.Delimiter})}}}}",
        _ when call.Numbers.Length > 0 => $"{{{{{call.Name}({string.Join(',', call.Numbers)})}}}}",
        _ => call.Name,
    };
}
