using System.Text;
using DotNats;
using DotNats.Configuration;
using Fuzz.Harness;
using Shouldly;
using Xunit;

namespace Fuzz.Configuration;

/// <summary>Options bound from configurations whose values were exchanged: all that is wrong is said, nothing throws.</summary>
public sealed class BindingFuzz
{
    [Fact]
    public void Exchanged_values_are_taken_or_reported_at_their_places() => FuzzRun.Repeat(random =>
    {
        if (new ConfigWriter(random.Next(2) == 0 ? random : null) is not { } writer || writer.Write(ConfigTreeGen.Mixed(random)) is not { } text) return;
        IReadOnlyDictionary<string, byte[]> files = ConfigCorpus.FilesWith(writer.Files);
        Dictionary<string, string> environment = new(ConfigCorpus.Environment.Concat(writer.Environment));
        ConfigResult result = ConfigLoader.LoadText(text, "t.conf", new InMemoryConfigFiles(files), environment);

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        foreach (ConfigError error in result.Errors) Places.Check(error, bytes, files);
        foreach (ConfigError warning in result.Warnings.Where(w => !w.Message.EndsWith("config has no values or is empty", StringComparison.Ordinal))) Places.Check(warning, bytes, files);
        result.IsValid.ShouldBe(result.Options is not null);
        ConfigResult again = ConfigLoader.LoadText(text, "t.conf", new InMemoryConfigFiles(files), environment);
        if (result.ToString() != again.ToString()) again.ToString().ShouldBe(result.ToString());
        if (result.Options is { } options) Judge(options, again.Options!, new InMemoryConfigFiles(files));
    });

    private static void Judge(NatsServerOptions options, NatsServerOptions again, InMemoryConfigFiles files)
    {
        IReadOnlyList<string> errors = OptionsValidator.Validate(options, files);
        errors.ShouldAllBe(error => error.Length > 0);
        if (errors.Count == 0) OptionsDiff.Compare(options, again).Where(change => !IsSaidEachTime(change)).ShouldBeEmpty();
        OptionsDiff.Compare(options, new NatsServerOptions()).ShouldAllBe(change => change.Message.Length > 0);
        OptionsDiff.Compare(new NatsServerOptions(), options).ShouldAllBe(change => change.Message.Length > 0);
    }

    // As with nats-server: an account named $SYS that no key calls so counts as a change, an address nobody listens for is judged at a reload only.
    private static bool IsSaidEachTime(OptionChange change) =>
        change.Key == "system_account" || change.Message.StartsWith("invalid Cluster.Advertise value", StringComparison.Ordinal);
}
