using System.Text;
using DotNats.JetStream;
using DotNats.JetStream.Publishing;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing;

/// <summary>What the real server answered to hundreds of publishes, and what it stored: Recordings/record.py wrote it down.</summary>
public class RecordedPublishTests
{
    private const string File = "Recordings/publishes.txt";

    public static TheoryData<int> Streams => [.. Enumerable.Range(0, Sections().Count)];

    [Theory]
    [MemberData(nameof(Streams))]
    public void Every_publish_is_answered_and_stored_as_by_the_real_server(int section)
    {
        List<string> lines = Sections()[section];
        StreamConfig config = Config(lines);
        Compare(lines, config, new ListLog { MaxMessagesPerSubject = config.MaxMessagesPerSubject, IsFile = config.Storage != StorageType.Memory });
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void The_memory_log_shows_the_rules_what_they_ask_for(int section)
    {
        List<string> lines = Sections()[section];
        StreamConfig config = Config(lines);
        var options = new LogOptions { Name = "A", RemovesOldest = config.Discard == DiscardPolicy.Old, MaxMessagesPerSubject = config.MaxMessagesPerSubject };
        // Bytes count differently in files.
        if (config.MaxBytes < 0 || config.Storage == StorageType.Memory) Compare(lines, config, new MemoryLog(options, new Deaf()));
    }

    private static StreamConfig Config(List<string> lines)
    {
        StreamConfig config = StreamConfigJson.Read(Encoding.UTF8.GetBytes(lines[0]["stream ".Length..]), out string? error);
        error.ShouldBeNull();
        return config;
    }

    private static void Compare(List<string> lines, StreamConfig config, IMessageLog log)
    {
        var stream = new StreamHarness(PublishPolicy.From(config, 1024 * 1024), log: log);
        var actual = new List<string>();
        foreach (string line in lines)
        {
            if (line.StartsWith("< ") || line.StartsWith("= ")) continue;
            actual.Add(line);
            if (line.StartsWith("publish ")) actual.AddRange(Publish(stream, line["publish ".Length..]).Select(answer => "< " + answer));
        }

        actual.AddRange(stream.Dump("; ").Select(message => "= " + message));
        int differs = Enumerable.Range(0, Math.Max(actual.Count, lines.Count)).FirstOrDefault(at => actual.ElementAtOrDefault(at) != lines.ElementAtOrDefault(at), -1);
        if (differs >= 0) string.Join('\n', actual[Math.Max(0, differs - 3)..Math.Min(actual.Count, differs + 3)]).ShouldBe(string.Join('\n', lines[Math.Max(0, differs - 3)..Math.Min(lines.Count, differs + 3)]));
    }

    private static List<string> Publish(StreamHarness stream, string line)
    {
        string[] parts = [.. line.Split(" | ").Select(part => part.Trim(' ', '|')), "", "", ""];
        return stream.Publish(parts[0], parts[1].Replace("; ", "\r\n"), parts[2], parts[3]);
    }

    private static List<List<string>> Sections()
    {
        var sections = new List<List<string>>();
        foreach (string line in System.IO.File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Publishing", File)))
        {
            if (line.StartsWith("stream ")) sections.Add([]);
            if (line.Length > 0 && sections.Count > 0) sections[^1].Add(line);
        }

        return sections;
    }

    private sealed class Deaf : ILogListener
    {
        public void OnCommitted(long position)
        {
        }

        public void OnFailed(LogStatus status, string reason) => throw new InvalidOperationException(reason);

        public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
        {
        }
    }
}
