using System.Diagnostics;
using Xunit;

namespace DotNats.Tests.Configuration;

/// <summary>Asks a real nats-server about every case and writes its answers into the case files. Not a test: it only runs when told to.</summary>
/// <remarks>
/// <c>DOTNATS_RECORD=path/of/nats-server</c> and this class as the only one: the version recorded so far is 2.15.1.
/// </remarks>
public class CorpusRecorder
{
    // Its maps have a random order, so one answer is not all it can say.
    private const int Times = 12;

    [Fact(Explicit = true)]
    public void Record_the_real_servers_answers()
    {
        string? server = Environment.GetEnvironmentVariable("DOTNATS_RECORD");
        if (string.IsNullOrEmpty(server))
            Assert.Skip("DOTNATS_RECORD names no nats-server.");
        string work = Directory.CreateTempSubdirectory("corpus").FullName;
        foreach (string file in Directory.EnumerateFiles(CorpusFiles.Directory))
            File.Copy(file, Path.Combine(work, Path.GetFileName(file)));
        foreach (string path in Directory.EnumerateFiles(SourceDirectory(), "*.cases"))
        {
            string header = File.ReadAllText(path).Split("\n=== ")[0];
            IEnumerable<string> cases = CorpusCase.Read(path).Select(c => Ask(server, work, c).Write());
            File.WriteAllText(path, header + string.Concat(cases));
        }
        Directory.Delete(work, recursive: true);
    }

    private static CorpusCase Ask(string server, string work, CorpusCase question)
    {
        File.WriteAllText(Path.Combine(work, "t.conf"), question.Text);
        List<HashSet<string>> answers = [];
        int exit = 0;
        for (int i = 0; i < Times; i++)
        {
            (exit, string[] lines) = Run(server, work);
            answers.Add([.. lines]);
        }
        HashSet<string> always = [.. answers.Aggregate((a, b) => [.. a.Intersect(b)])];
        return question with { Exit = exit, Always = [.. always.Order()], Sometimes = [.. answers.SelectMany(a => a).Distinct().Except(always).Order()] };
    }

    private static (int Exit, string[] Lines) Run(string server, string work)
    {
        ProcessStartInfo start = new(server, ["-c", "t.conf", "-t"]) { WorkingDirectory = work, RedirectStandardError = true };
        start.Environment.Clear();
        foreach ((string name, string value) in CorpusFiles.Environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        // Errors that follow from the first are no fact about the file.
        string[] lines = [.. CorpusCase.WithoutAddresses(said.Replace("nats-server: ", "", StringComparison.Ordinal))
            .Where(l => !l.Contains("runtime error", StringComparison.Ordinal) && !l.Contains(": mkdir ", StringComparison.Ordinal))];
        return (process.ExitCode, lines);
    }

    private static string SourceDirectory()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "DotNats.slnx")))
            at = at.Parent;
        return Path.Combine(at!.FullName, "tests", "DotNats.Tests", "Configuration", "Corpus");
    }
}
