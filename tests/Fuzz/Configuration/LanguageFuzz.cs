using System.Text;
using DotNats.Configuration;
using DotNats.Configuration.Language;
using Fuzz.Harness;
using Shouldly;
using Xunit;

namespace Fuzz.Configuration;

/// <summary>The configuration language on damaged files and on files that use all its freedom.</summary>
public sealed class LanguageFuzz
{
    [Fact]
    public void Damaged_text_is_read_or_refused_at_a_place() => FuzzRun.Repeat(random =>
    {
        IReadOnlyDictionary<string, byte[]> files = ConfigCorpus.FilesWith(("a.conf", Damaged(random)), ("sub/b.conf", Damaged(random)), ("sub/c.conf", Damaged(random)));
        byte[] text = Damaged(random);
        ConfigMap? map = ConfigCorpus.Parse(text, new InMemoryConfigFiles(files), ConfigCorpus.Environment, out ConfigError? error);
        if (map is null) Places.Check(error!, text, files);
        else ReadsTheSameAgain(map);
    });

    [Fact]
    public void However_a_tree_is_written_it_is_read_as_it_was() => FuzzRun.Repeat(random =>
    {
        ConfigMap tree = random.Next(2) == 0 ? ConfigTreeGen.Any(random) : ConfigTreeGen.Mixed(random);
        var writer = new ConfigWriter(random);
        if (writer.Write(tree) is not { } text) return;
        ConfigMap? map = ConfigCorpus.Parse(Encoding.UTF8.GetBytes(text), new InMemoryConfigFiles(ConfigCorpus.FilesWith(writer.Files)), writer.Environment, out ConfigError? error);
        if (map is null) throw new ShouldAssertException($"{error!.Message} in {text}");
        if (Plain(map) != Plain(tree)) Plain(map).ShouldBe(Plain(tree), text);
        if (ConfigDigest.Of(map) != ConfigDigest.Of(tree)) throw new ShouldAssertException($"equal trees, unlike digests: {text}");
    });

    private static void ReadsTheSameAgain(ConfigMap map)
    {
        if (Plain(map) is not { } text) return;
        ConfigMap? again = ConfigCorpus.Parse(Encoding.UTF8.GetBytes(text), InMemoryConfigFiles.FromText(), ConfigCorpus.Environment, out ConfigError? error);
        if (again is null) throw new ShouldAssertException($"{error!.Message} in {text}");
        if (ConfigDigest.Of(again) != ConfigDigest.Of(map)) Plain(again).ShouldBe(text);
    }

    private static string? Plain(ConfigMap map) => new ConfigWriter(null).Write(map);

    /// <summary>A known text or two, with includes put in, damaged.</summary>
    private static byte[] Damaged(Random random)
    {
        byte[] text = ConfigCorpus.Texts[random.Next(ConfigCorpus.Texts.Count)];
        if (random.Next(4) == 0) text = [.. text, .. "\n"u8, .. ConfigCorpus.Texts[random.Next(ConfigCorpus.Texts.Count)]];
        if (random.Next(3) == 0) text = WithInclude(random, text);
        return Mutations.Damage(random, text, most: 5);
    }

    private static byte[] WithInclude(Random random, byte[] text)
    {
        string[] includes = ["include a.conf\n", "include 'sub/b.conf'\n", "include \"./c.conf\"\n", "include ../a.conf\n", "include nowhere.conf\n"];
        int[] starts = [0, .. Enumerable.Range(0, text.Length).Where(i => text[i] == '\n').Select(i => i + 1)];
        int at = starts[random.Next(starts.Length)];
        return [.. text[..at], .. Encoding.UTF8.GetBytes(includes[random.Next(includes.Length)]), .. text[at..]];
    }
}
