using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>What docs/security.md shows is what our server does, and what the real one does.</summary>
/// <remarks>RECORD_CONVERSATIONS=true writes the real server's answers into the document instead of comparing them.</remarks>
public sealed class SecurityDocumentTests
{
    private static readonly DocumentExamples Examples = new("docs/security.md");

    public static TheoryData<string> Dialogues => [.. Examples.Conversations.Keys];

    public static TheoryData<string> Configurations => [.. Examples.Configurations.Keys];

    [Theory]
    [MemberData(nameof(Dialogues))]
    public async Task Our_server_answers_as_shown(string heading) =>
        LineDiff.ShouldBeSame(await new Conversation(Examples.Conversations[heading]).HoldAsync(ServerExecutable.UnderTest), Examples.Conversations[heading]);

    [Theory]
    [MemberData(nameof(Dialogues))]
    public async Task Real_server_answers_as_shown(string heading)
    {
        string answered = await new Conversation(Examples.Conversations[heading]).HoldAsync(await Peers.RequireRealServerAsync());
        if (Environment.GetEnvironmentVariable("RECORD_CONVERSATIONS") == "true")
            Examples.Record(heading, answered);
        else
            LineDiff.ShouldBeSame(answered, Examples.Conversations[heading]);
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public Task Our_server_takes_the_configuration(string heading) => CheckAsync(ServerExecutable.UnderTest, Examples.Configurations[heading]);

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Real_server_takes_the_configuration(string heading) =>
        await CheckAsync(await Peers.RequireRealServerAsync(), Examples.Configurations[heading]);

    [Fact]
    public Task Our_server_serves_the_operator_it_makes() => ServeOperatorAsync(ServerExecutable.UnderTest);

    [Fact]
    public async Task Real_server_serves_the_operator_it_makes() => await ServeOperatorAsync(await Peers.RequireRealServerAsync());

    private static async Task CheckAsync(ServerExecutable executable, string config)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, config);
            (int exitCode, string output) = await executable.RunAsync("-t", "-c", path);
            exitCode.ShouldBe(0, output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task ServeOperatorAsync(ServerExecutable executable)
    {
        Peers.RequireNode();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("dotnats-document-");
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(directory.FullName, "node_modules"), Path.Combine(RepositoryPaths.Peers, "node", "node_modules"));
            foreach ((string name, string script) in Examples.Scripts)
                await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), script);
            await NodeProgram.RunAsync("make.mjs", [], server: null, directory.FullName);
            string config = await File.ReadAllTextAsync(Path.Combine(directory.FullName, "operator.conf"));
            await using ServerProcess server = await ServerProcess.StartAsync(new ServerSetup { Executable = executable, Config = config });
            (await NodeProgram.RunAsync("use.mjs", [], server, directory.FullName)).ShouldBe(Examples.Output);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
