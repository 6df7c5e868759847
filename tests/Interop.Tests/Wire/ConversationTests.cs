using Xunit;

namespace Interop.Tests;

/// <summary>Byte-exact dialogues, recorded from the real server and replayed against ours and against the real one.</summary>
/// <remarks>
/// RECORD_CONVERSATIONS=true writes the real server's answers into the files instead of comparing them; CONVERSATIONS=PATTERN takes only files whose
/// names match.
/// </remarks>
public sealed class ConversationTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(RepositoryPaths.Conversations, (Environment.GetEnvironmentVariable("CONVERSATIONS") ?? "*") + ".txt").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Our_server_answers_as_recorded(string file)
    {
        string recorded = await File.ReadAllTextAsync(PathOf(file), TestContext.Current.CancellationToken);
        LineDiff.ShouldBeSame(await new Conversation(recorded).HoldAsync(ServerExecutable.UnderTest), recorded);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Real_server_still_answers_as_recorded(string file)
    {
        ServerExecutable real = await Peers.RequireRealServerAsync();
        string recorded = await File.ReadAllTextAsync(PathOf(file), TestContext.Current.CancellationToken);
        string answered = await new Conversation(recorded).HoldAsync(real);
        if (Environment.GetEnvironmentVariable("RECORD_CONVERSATIONS") == "true")
            await File.WriteAllTextAsync(PathOf(file), answered, TestContext.Current.CancellationToken);
        else
            LineDiff.ShouldBeSame(answered, recorded);
    }

    private static string PathOf(string file) => Path.Combine(RepositoryPaths.Conversations, file + ".txt");
}
