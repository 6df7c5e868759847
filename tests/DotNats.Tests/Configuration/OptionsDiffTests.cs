using DotNats.Configuration;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration;

public class OptionsDiffTests
{
    // The old file, this line, the new file.
    private const string Between = "+++\n";

    // nats-server takes these for changed by every reload, ours only reports what differs.
    private static readonly string[] EveryTime = ["Reloaded: authorization users", "Reloaded: accounts"];

    private static IReadOnlyList<CorpusCase> All { get; } = [.. CorpusCase.Read(Path.Combine(CorpusCase.Directory, "start", "reload.cases"))];

    public static TheoryData<string, int> Cases => [.. All.Select((c, i) => new TheoryDataRow<string, int>(c.Name, i))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_reload_is_judged_as_by_the_real_server(string name, int index)
    {
        CorpusCase expected = All[index];
        string[] files = expected.Text.Split(Between);
        NatsServerOptions after = Load(files[1]);
        OptionChange[] changes = [.. OptionsDiff.Compare(Load(files[0]), after)];
        string[] refused = [.. OptionsValidator.Validate(after, new CorpusFiles()),
            .. changes.Where(c => c.Kind == OptionChangeKind.NotReloadable).Select(c => c.Message)];
        if (expected.Exit == 1)
        {
            // Sections as a whole are printed without names by nats-server; ours say which member it is.
            string wanted = expected.Always[0];
            int section = wanted.IndexOf(": old={", StringComparison.Ordinal);
            string start = section < 0 ? wanted : wanted[..section];
            refused.ShouldContain(r => r.StartsWith(start, StringComparison.Ordinal), $"{name}: {string.Join('\n', refused)}");
            return;
        }
        refused.ShouldBeEmpty(name);
        string[] applied = [.. changes.Select(c => c.Message)];
        expected.Always.Except(EveryTime).Except(applied).ShouldBeEmpty(name);
        applied.Except(expected.Always).ShouldAllBe(m => m.StartsWith("Reloaded", StringComparison.Ordinal));
    }

    [Fact]
    public void Equal_files_give_equal_options()
    {
        foreach (CorpusCase good in CorpusCase.All.Where(c => c.Exit == 0))
            OptionsDiff.Compare(Load(good.Text), Load(good.Text)).ShouldBeEmpty(good.ToString());
    }

    [Fact]
    public void Everything_that_cannot_be_reloaded_is_named()
    {
        OptionsDiff.Compare(Load("debug: false\n"), Load("debug: true\nmax_subs: 4\nmax_pending: 70000000\nserver_name: x\n")).ShouldBe(
        [
            new OptionChange("server_name", OptionChangeKind.NotReloadable, "config reload not supported for ServerName: old=, new=x"),
            new OptionChange("debug", OptionChangeKind.Reloadable, "Reloaded: debug = true"),
            new OptionChange("max_subscriptions", OptionChangeKind.NotReloadable, "config reload not supported for MaxSubs: old=0, new=4"),
            new OptionChange("max_pending", OptionChangeKind.NotReloadable, "config reload not supported for MaxPending: old=67108864, new=70000000"),
        ]);
    }

    [Theory]
    [InlineData("jetstream { key: %, store_dir: x }")]
    [InlineData("jetstream { prev_key: %, store_dir: x }")]
    [InlineData("gateway { name: g, port: -1, authorization { user: u, password: % } }")]
    [InlineData("websocket { port: -1, no_tls: true, authorization { user: u, password: % } }")]
    [InlineData("websocket { port: -1, no_tls: true, authorization { token: % } }")]
    [InlineData("mqtt { port: -1, authorization { user: u, password: % } }")]
    [InlineData("leafnodes { port: -1, authorization { user: u, password: % } }")]
    [InlineData("leafnodes { port: -1, authorization { users: [ {user: u, password: %} ] } }")]
    [InlineData("leafnodes { remotes: [ { url: \"nats://u:%@a\" } ] }")]
    [InlineData("leafnodes { remotes: [ { url: \"ws://a\", proxy: {url: \"http://p\", username: u, password: %} } ] }")]
    [InlineData("cluster { port: -1, routes: [ \"nats://u:%@a:1\" ] }")]
    [InlineData("cluster { port: -1, authorization { user: u, password: % } }")]
    [InlineData("authorization { user: u, password: % }")]
    [InlineData("authorization { token: % }")]
    public void Secrets_are_not_shown(string text)
    {
        IReadOnlyList<OptionChange> changes = OptionsDiff.Compare(
            Load(text.Replace("%", "hunter2", StringComparison.Ordinal)), Load(text.Replace("%", "swordfish", StringComparison.Ordinal)));
        changes.ShouldNotBeEmpty();
        changes.ShouldAllBe(c => !c.Message.Contains("hunter2") && !c.Message.Contains("swordfish"));
    }

    [Fact]
    public void A_certificate_renewed_under_its_old_name_is_a_change()
    {
        const string Text = "tls { cert_file: c.pem, key_file: c.key }\n";
        Dictionary<string, byte[]> files = new()
        {
            ["c.pem"] = File.ReadAllBytes(Path.Combine(CorpusFiles.Directory, "server.pem")),
            ["c.key"] = File.ReadAllBytes(Path.Combine(CorpusFiles.Directory, "server.key")),
        };
        NatsServerOptions before = ConfigLoader.LoadText(Text, "t.conf", new InMemoryConfigFiles(files)).Options!;
        NatsServerOptions same = ConfigLoader.LoadText(Text, "t.conf", new InMemoryConfigFiles(files)).Options!;
        files["c.pem"] = File.ReadAllBytes(Path.Combine(CorpusFiles.Directory, "ec.pem"));
        files["c.key"] = File.ReadAllBytes(Path.Combine(CorpusFiles.Directory, "ec.key"));
        NatsServerOptions renewed = ConfigLoader.LoadText(Text, "t.conf", new InMemoryConfigFiles(files)).Options!;

        OptionsDiff.Compare(before, same).ShouldBeEmpty();
        OptionsDiff.Compare(before, renewed).ShouldBe([new OptionChange("tls", OptionChangeKind.Reloadable, "Reloaded: tls = enabled")]);
    }

    private static NatsServerOptions Load(string text)
    {
        ConfigResult result = ConfigLoader.LoadText(text, "t.conf", new CorpusFiles(), CorpusFiles.Environment);
        result.Errors.ShouldBeEmpty(text);
        return result.Options!;
    }
}
