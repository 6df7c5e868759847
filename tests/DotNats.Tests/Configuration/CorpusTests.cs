using DotNats.Configuration;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration;

/// <summary>Hundreds of configurations, good and bad, judged as the real server judged them.</summary>
public class CorpusTests
{
    public static TheoryData<string, int> Cases => [.. CorpusCase.All.Select((c, i) => new TheoryDataRow<string, int>(c.ToString(), i))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_configuration_is_judged_as_by_the_real_server(string name, int index)
    {
        CorpusCase expected = CorpusCase.All[index];
        ConfigResult result = ConfigLoader.LoadText(expected.Text, "t.conf", new CorpusFiles(), CorpusFiles.Environment);

        string[] said = [.. CorpusCase.WithoutAddresses(Report(result)).Select(line => AsExpected(line, expected))];
        int exit = result.Errors.Count + result.Warnings.Count > 0 ? 1 : 0;

        exit.ShouldBe(expected.Exit, $"{name}: {string.Join('\n', said)}");
        said.Except([.. expected.Always, .. expected.Sometimes]).ShouldBeEmpty(name);
        expected.Always.Except(said).ShouldBeEmpty(name);
        expected.Sometimes.Count.ShouldBeGreaterThanOrEqualTo(said.Except(expected.Always).Count());
        result.IsValid.ShouldBe(result.Options is not null);
    }

    // Some messages of the real server lack their place; ours never do.
    private static string AsExpected(string line, CorpusCase expected) =>
        expected.Always.Concat(expected.Sometimes).FirstOrDefault(e => line.StartsWith("t.conf:", StringComparison.Ordinal)
            && line.EndsWith(": " + e, StringComparison.Ordinal)) ?? line;

    /// <summary>What <c>-t</c> prints behind the program's name.</summary>
    internal static string Report(ConfigResult result) =>
        result.Errors.Count + result.Warnings.Count > 0 ? result.ToString() : $"configuration file t.conf is valid ({result.Digest})";
}
